//! The listeners' certificates.

use super::finding::Findings;
use crate::settings::TlsSetting;
use crate::startup::tls::look;

pub(super) fn examine(
    about: &'static str,
    setting: Option<&TlsSetting>,
    now: u64,
    found: &mut Findings,
) {
    let Some(setting) = setting else {
        return;
    };
    match look(setting, now) {
        Ok(look) => {
            let cert = setting.cert.display();
            found.ok(
                about,
                format!("{cert} and its key, valid until {}", look.until),
            );
            for warning in look.warnings {
                found.warn(about, warning);
            }
        }
        Err(error) => found.fail(about, error.to_string()),
    }
}
