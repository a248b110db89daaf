//! Files with one fault each, and how its answer begins: line and message.

pub(crate) const TABLE: &[(&str, &str)] = &[
    (
        "lisetn = \"x\"",
        "1: unknown key `lisetn`; did you mean `listen`?",
    ),
    ("bananas = 1", "1: unknown key `bananas`"),
    (
        "[redis]\nasume_noeviction = true",
        "2: unknown key `redis.asume_noeviction`; did you mean `redis.assume_noeviction`?",
    ),
    (
        "[[audience]]\nname = \"a\"\nscope = []",
        "3: unknown key `scope` in [[audience]]; did you mean `scopes`?",
    ),
    (
        "[[client]]\nid = \"a\"\nsecret = \"x\"",
        "3: unknown key `secret` in [[client]]",
    ),
    (
        "[[clients]]\nid = \"a\"",
        "1: unknown key `clients`; did you mean `client`?",
    ),
    ("\nlisten = ", "2: "),
    ("listen = 8080", "1: a text in quotes is needed"),
    (
        "listen = \"localhost:8080\"",
        "1: \"localhost:8080\" is not ADDRESS:PORT",
    ),
    (
        "admin_plaintext = \"true\"",
        "1: true or false is needed, this is a text",
    ),
    ("redis = true", "1: `redis` is a table: write [redis]"),
    (
        "audience = \"web\"",
        "1: `audience` is a list of tables: write [[audience]]",
    ),
    ("liveness = \"near\"", "1: `liveness` is not built yet"),
    ("[near]\nlease = \"1s\"", "2: `near.lease` is not built yet"),
    ("[near]", "1: `near` is not built yet"),
    ("tls_cert = \"x\"", "1: `tls_key` is missing"),
    ("admin_tls_key = \"x\"", "1: `admin_tls_cert` is missing"),
    (
        "cors_origins = [\"https://a\"]",
        "1: `cors_origins` is not built yet",
    ),
    (
        "[redis]\nreplicas = 2",
        "2: `redis.replicas` is not built yet",
    ),
    (
        "[redis]\nunknown_history = \"cut\"",
        "2: `redis.unknown_history` is not built yet",
    ),
    (
        "[keys]\npublish_before = \"2s\"",
        "2: \"2s\" is too short: at least 3s",
    ),
    (
        "[keys]\nalgorithm = \"HS256\"",
        "2: \"HS256\" is no algorithm for these keys: ES256, RS256 or EdDSA",
    ),
    (
        "[keys]\nalgorithm = \"eddsa\"",
        "2: \"eddsa\" is no algorithm",
    ),
    (
        "[[audience]]\nname = \"a\"\nformat = \"JWT\"",
        "3: \"JWT\" is no format of an access token: jwt or opaque",
    ),
    (
        "[[audience]]\nname = \"a\"\nformat = \"opaque\"\ntyp = \"JWT\"",
        "4: an opaque token has no `typ`",
    ),
    (
        "[[audience]]\nname = \"a\"\ncookie = true",
        "3: `audience.cookie` is not built yet",
    ),
    (
        "[[audience]]\nname = \"a\"\nmax_sessions = -1",
        "3: \"-1\" is no number of sessions: 1 to 5000, or 0 for no limit",
    ),
    (
        "[[audience]]\nname = \"a\"\nmax_sessions = 5001",
        "3: \"5001\" is no number of sessions",
    ),
    (
        "[[audience]]\nname = \"a\"\ncookie = true",
        "3: `audience.cookie` is not built yet",
    ),
    (
        "[[audience]]\nname = \"a\"\noutage = \"grace\"",
        "3: \"grace\" is no mode for an outage: closed, or grace and how long, as in grace 30s",
    ),
    (
        "[[audience]]\nname = \"a\"\noutage = \"open\"",
        "3: \"open\" is no mode for an outage",
    ),
    (
        "[[audience]]\nname = \"a\"\noutage = \"grace 30\"",
        "3: \"30\" is not a duration: write 500ms, 30s",
    ),
    (
        "[[audience]]\nname = \"a\"\noutage = \"grace  30s\"",
        "3: \" 30s\" is not a duration",
    ),
    (
        "[[audience]]\nname = \"a\"\noutage = \"grace 0s\"",
        "3: \"0s\" is too short: at least 1s",
    ),
    (
        "[[audience]]\nname = \"a\"\noutage = \"grace 500ms\"",
        "3: \"500ms\" is not a whole number of seconds",
    ),
    (
        "[[audience]]\nname = \"a\"\noutage = \"grace 601s\"",
        "3: \"grace 601s\" is longer than 10m",
    ),
    (
        "store = \"rediss+cluster://h\"",
        "1: `rediss+cluster://` is not built yet",
    ),
    ("store = \"mysql://h\"", "1: not a store"),
    (
        "store = \"a\"\nstore_file = \"b\"",
        "2: one of store and store_file, not both",
    ),
    (
        "issuer = \"http://auth.example.com\"",
        "1: \"http://auth.example.com\" is not on loopback",
    ),
    (
        "issuer = \"https://auth.example.com/\"",
        "1: \"https://auth.example.com/\": an issuer has no slash",
    ),
    (
        "listen = \"0.0.0.0:8080\"",
        "1: 0.0.0.0:8080 can be reached from elsewhere",
    ),
    (
        "admin_listen = \"0.0.0.0:9090\"",
        "1: the admin listener 0.0.0.0:9090",
    ),
    (
        "admin_listen = \"127.0.0.1:8080\"",
        "1: `listen` and `admin_listen` are the same",
    ),
    ("log = \"loud\"", "1: \"loud\" is no level"),
    ("log_format = \"xml\"", "1: \"xml\" is no log format"),
    (
        "trusted_proxies = [\n\"10.0.0.0/8\",\n\"x\"]",
        "3: \"x\" is no network",
    ),
    (
        "default_audience = \"b\"\n[[audience]]\nname = \"a\"",
        "1: the `default_audience` \"b\" is no [[audience]]",
    ),
    ("[[audience]]\nscopes = []", "1: an audience needs a `name`"),
    ("[[audience]]\nname = \"\"", "2: is empty"),
    ("[[audience]]\nname = \"a b\"", "2: \"a b\" is no audience"),
    (
        "[[audience]]\nname = \"a\"\n[[audience]]\nname = \"a\"",
        "4: the audience \"a\" is there twice",
    ),
    (
        "issuer = \"https://i\"\n[[audience]]\nname = \"https://i\"",
        "3: the issuer itself is the admin audience",
    ),
    (
        "[[audience]]\nname = \"http://127.0.0.1:8080\"",
        "2: the issuer itself is the admin audience",
    ),
    (
        "[[audience]]\nname = \"a\"\nlogin_client = \"c\"",
        "3: the `login_client` \"c\" is no [[client]]",
    ),
    (
        "[[audience]]\nname = \"a\"\nscopes = [\"a b\"]",
        "3: \"a b\" is no scope",
    ),
    (
        "[[audience]]\nname = \"a\"\ntyp = \"jwt\"",
        "3: \"jwt\" is no `typ`",
    ),
    (
        "[[audience]]\nname = \"a\"\naccess_ttl = \"25h\"",
        "3: \"25h\" is longer than 24h",
    ),
    (
        "[[audience]]\nname = \"a\"\naccess_ttl = \"500ms\"",
        "3: \"500ms\" is not a whole number of seconds",
    ),
    (
        "[[audience]]\nname = \"a\"\naccess_ttl = \"0s\"",
        "3: \"0s\" is too short",
    ),
    (
        "[[audience]]\nname = \"a\"\naccess_ttl = 300",
        "3: a text in quotes is needed (a duration with its unit",
    ),
    (
        "[[audience]]\nname = \"a\"\nrefresh_idle = \"91d\"",
        "3: `refresh_idle` is longer than `refresh_max`",
    ),
    ("[[client]]\naudiences = []", "1: a client needs an `id`"),
    (
        "[[client]]\nid = \"a/b\"",
        "2: \"a/b\" cannot be a client's id",
    ),
    (
        "[[client]]\nid = \"a\"\n[[client]]\nid = \"a\"",
        "4: the client \"a\" is there twice",
    ),
    (
        "[[client]]\nid = \"a\"\naudiences = [\"x\"]",
        "3: the audience \"x\" is no [[audience]]",
    ),
    (
        "[[client]]\nid = \"a\"\nsecret_sha256 = \"abc\"",
        "3: `secret_sha256` is 64 hex digits",
    ),
    (
        "[[client]]\nid = \"a\"\nsecret_file = \"no/such\"",
        "3: no/such cannot be read",
    ),
    (
        "[[client]]\nid = \"a\"\nadmin = true",
        "3: a client without a secret is public and cannot be an admin",
    ),
    (
        "[[client]]\nid = \"a\"\ngrants = [\"client_credentials\"]",
        "3: a client without a secret is public and cannot use",
    ),
    (
        "[[client]]\nid = \"a\"\ngrants = [\"refresh-token\"]",
        "3: \"refresh-token\" is no grant; did you mean `refresh_token`?",
    ),
    (
        "[[client]]\nid = \"a\"\nallow = [\"x\"]",
        "3: \"x\" is no network",
    ),
];
