//! `POST /oauth2/revoke` (RFC 7009).

use actix_web::{HttpRequest, HttpResponse, web};

use super::error::OAuthError;
use super::form::Form;
use super::{Asked, ok};
use crate::http::State;
use crate::http::logout::durable;

/// Always 200: the client wanted the token dead, and it is, or was never its own. How safely it
/// is dead, the header says.
pub(super) async fn revoke(
    request: HttpRequest,
    state: web::Data<State>,
    form: Form,
) -> Result<HttpResponse, OAuthError> {
    let mut asked = Asked::of(&request, &state, form).await?;
    let token = asked.token()?;
    let ended = state
        .sessions
        .revoke_own(&asked.caller, &token, &asked.origin)
        .await;
    let ended = ended.map_err(|error| asked.refused(error))?;
    Ok(durable(ok(), ended.durability).finish())
}
