//! From settings to records.

use crate::settings::ClientSetting;
use crate::store::ClientRecord;

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
