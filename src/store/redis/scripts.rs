//! The Lua scripts: each is its own file, with the pieces that it shares put in front.

use std::sync::LazyLock;

use redis::{Cmd, ToRedisArgs};

const SUBJECT: &str = include_str!("scripts/subject.lua");
const CLOCK: &str = include_str!("scripts/clock.lua");
const RECORDING: &str = include_str!("scripts/recording.lua");
const ENDING: &str = include_str!("scripts/ending.lua");

/// Refused whole when Redis is full: what records something new.
const MAY_BE_REFUSED: &str = "#!lua";
/// Runs when Redis is full too: what takes a right away, and what keeps the books about it.
const ALWAYS: &str = "#!lua flags=allow-oom";
/// Reads in one step.
const READS: &str = "#!lua flags=no-writes";

/// A script and the digest that it is called by.
#[derive(Debug)]
pub(super) struct Script {
    source: String,
    digest: String,
}

impl Script {
    fn new(flags: &str, pieces: &[&str]) -> Self {
        // Redis wants the flags on the first line.
        let source = format!("{flags}\n{}", pieces.join("\n"));
        let digest = redis::Script::new(&source).get_hash().to_owned();
        Self { source, digest }
    }

    /// The commands that it calls.
    pub(super) fn commands(&self) -> impl Iterator<Item = &str> {
        let calls = self.source.split("call('").skip(1);
        calls.filter_map(|call| call.split('\'').next())
    }

    /// The command that makes it known to a server.
    pub(super) fn load(&self) -> Cmd {
        let mut load = redis::cmd("SCRIPT");
        load.arg("LOAD").arg(&self.source);
        load
    }

    /// A call with these keys; the arguments follow.
    pub(super) fn on<K: AsRef<str>>(&self, keys: &[K]) -> Call<'_> {
        let mut command = redis::cmd("EVALSHA");
        command.arg(&self.digest).arg(keys.len());
        for key in keys {
            command.arg(key.as_ref());
        }
        Call {
            script: self,
            command,
        }
    }
}

/// A call of a script.
pub(super) struct Call<'a> {
    pub(super) script: &'a Script,
    pub(super) command: Cmd,
}

impl Call<'_> {
    /// Adds an argument.
    #[must_use]
    pub(super) fn arg(mut self, value: impl ToRedisArgs) -> Self {
        self.command.arg(value);
        self
    }
}

macro_rules! scripts {
    ($($name:ident: $flags:ident $(+ $piece:ident)*;)*) => {
        /// Every script of the backend.
        #[derive(Debug)]
        pub(super) struct Scripts {
            $(pub(super) $name: Script,)*
        }

        impl Scripts {
            fn compose() -> Self {
                Self {
                    $($name: Script::new(
                        $flags,
                        &[$($piece,)* include_str!(concat!("scripts/", stringify!($name), ".lua"))],
                    ),)*
                }
            }

            /// All of them, to be made known to a server.
            pub(super) fn all(&self) -> impl Iterator<Item = &Script> {
                [$(&self.$name),*].into_iter()
            }
        }
    };
}

scripts! {
    open: MAY_BE_REFUSED + SUBJECT + CLOCK + RECORDING + ENDING;
    record: MAY_BE_REFUSED + SUBJECT + RECORDING;
    exchange: MAY_BE_REFUSED + SUBJECT + RECORDING;
    advance: MAY_BE_REFUSED + SUBJECT + CLOCK + RECORDING;
    begin_user: MAY_BE_REFUSED + SUBJECT + CLOCK;
    create_user: MAY_BE_REFUSED + SUBJECT + CLOCK;
    create_client: MAY_BE_REFUSED + SUBJECT + CLOCK;
    note_repeat: ALWAYS;
    revoke_token: ALWAYS + SUBJECT + ENDING;
    revoke_session: ALWAYS + SUBJECT + ENDING;
    revoke_others: ALWAYS + SUBJECT + ENDING;
    revoke_subject: ALWAYS + SUBJECT + ENDING;
    cut_off: ALWAYS;
    ban: ALWAYS + SUBJECT + ENDING;
    update_user: ALWAYS + SUBJECT + CLOCK + ENDING;
    fence_user: ALWAYS + SUBJECT;
    delete_user: ALWAYS + SUBJECT + ENDING;
    rehash: ALWAYS;
    replace_client: ALWAYS + SUBJECT + CLOCK;
    replace_claim: ALWAYS;
    list_add: ALWAYS;
    list_drop: ALWAYS;
    audit: ALWAYS;
    meta: ALWAYS;
    standing: READS + SUBJECT;
    view: READS + SUBJECT + CLOCK;
    own_sessions: READS + SUBJECT;
    list_page: READS;
    rights: READS;
}

/// The scripts, composed once.
pub(super) static SCRIPTS: LazyLock<Scripts> = LazyLock::new(Scripts::compose);
