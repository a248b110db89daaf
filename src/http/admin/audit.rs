//! `GET /v1/admin/audit`

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::http::State;
use crate::http::bearer::Admin;
use crate::http::error::Problem;
use crate::http::page::{PageQuery, event_id, items_answer};
use crate::sessions::READ_SCOPE;

pub(super) async fn list(
    Admin(who): Admin,
    state: web::Data<State>,
    web::Query(query): web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(Some(READ_SCOPE))?;
    let limit = query.limit()?;
    let cursor = query.cursor.as_deref().map(event_id).transpose()?;
    let (events, next) = state.sessions.audit_events(cursor, limit).await?;
    let items: Vec<_> = events
        .iter()
        .map(|(id, event)| {
            let mut item = json!(event);
            if let Some(item) = item.as_object_mut() {
                item.insert("id".to_owned(), json!(id));
            }
            item
        })
        .collect();
    Ok(items_answer(&items, next))
}
