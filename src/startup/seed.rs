//! The records that the configuration and the dev set-up ask for.

use super::dev::DevEnv;
use super::error::StartError;
use crate::sessions::{NewUser, Origin, SessionError, Sessions};
use crate::settings::{ClientSetting, Settings};
use crate::store::{ClientRecord, Page};

/// The record of a `[[client]]`, which the API may not change.
pub fn managed_client(setting: &ClientSetting, created_at: u64) -> ClientRecord {
    ClientRecord {
        id: setting.id.clone(),
        secret_sha256: setting.secret_sha256.clone(),
        audiences: setting.audiences.clone(),
        scopes: setting.scopes.clone(),
        grants: setting.grants.clone(),
        introspect: setting.introspect.clone(),
        allow: setting.allow.iter().map(ToString::to_string).collect(),
        admin: setting.admin,
        managed: true,
        created_at,
        version: 0,
    }
}

/// Writes the clients of the configuration, and the dev set-up into a store that has nothing yet.
pub(super) async fn write(
    sessions: &Sessions,
    settings: &Settings,
    dev: Option<&DevEnv>,
) -> Result<(), StartError> {
    // Before the file's clients, which would make the store look used.
    if let Some(dev) = dev
        && is_empty(sessions).await?
    {
        write_dev(sessions, settings, dev).await?;
    }
    for client in &settings.clients {
        sessions
            .manage_client(managed_client(client, sessions.now()))
            .await?;
    }
    // The dev set-up manages clients that are in no file.
    if dev.is_none() {
        release(sessions, settings).await?;
    }
    Ok(())
}

/// Hands the clients that left the file over to the API. They are not deleted: an instance that
/// was started with another file, or with none, would end the service of all.
async fn release(sessions: &Sessions, settings: &Settings) -> Result<(), SessionError> {
    let mut page = Page {
        limit: 200,
        after: None,
    };
    loop {
        let listed = sessions.clients(&page).await?;
        for client in listed.items {
            let kept = settings.clients.iter().any(|known| known.id == client.id);
            if client.managed && !kept && sessions.release_client(client.id.as_str()).await? {
                let id = &client.id;
                log::warn!(
                    "the client {id} is in the configuration file no more: it goes on working, and \
                     is the admin API's to change; DELETE /v1/admin/clients/{id} ends it"
                );
            }
        }
        match listed.next {
            Some(next) => page.after = Some(next),
            None => return Ok(()),
        }
    }
}

/// Whether the store has neither users nor clients. What somebody has deleted from a store in use
/// does not come back.
async fn is_empty(sessions: &Sessions) -> Result<bool, SessionError> {
    let one = Page {
        limit: 1,
        after: None,
    };
    let users = sessions.users(&one).await?.items.is_empty();
    Ok(users && sessions.clients(&one).await?.items.is_empty())
}

async fn write_dev(
    sessions: &Sessions,
    settings: &Settings,
    dev: &DevEnv,
) -> Result<(), SessionError> {
    for client in dev.clients(&settings.audiences, sessions.now()) {
        sessions.manage_client(client).await?;
    }
    let user = dev.user();
    let new = NewUser {
        sub: Some(user.sub.to_string()),
        username: user.sub.to_string(),
        password: Some(user.password.to_string()),
        ..NewUser::default()
    };
    match sessions.create_user(new, &Origin::default()).await {
        // A twin that started at the same moment was first.
        Ok(_) | Err(SessionError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
