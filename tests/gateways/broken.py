"""The proof of the checks: in a copy of FILE, OLD becomes NEW, and the check must see it."""

import checks

# Gateway, file, old, new, check.
BROKEN = [
    ("nginx", "nginx.conf", '        more_clear_input_headers "X-Auth-*";\n', "", checks.forged_headers),
    ("nginx", "nginx.conf", "underscores_in_headers off;", "underscores_in_headers on;", checks.forged_headers),
    ("nginx", "nginx.conf", "proxy_set_header X-Auth-Roles $auth_roles;", "", checks.live_token),
    ("nginx", "nginx.conf", "error_page 500 = @auth_failed;", "", checks.redis_out),
    ("nginx", "nginx.conf", "keepalive 32;", "", checks.kept_connections),
    ("nginx", "nginx.conf", "~*^websocket$ websocket;\n        default \"\";", "default $http_upgrade;", checks.web_socket),
    ("caddy", "Caddyfile", "request_header -X-Auth-*", "", checks.forged_headers),
    ("caddy", "Caddyfile", "request_header -X_Auth_*", "", checks.forged_headers),
    ("caddy", "Caddyfile", "\troute {", "\thandle {", checks.live_token),
    ("caddy", "Caddyfile", "/verify?audience=web", "/verify", checks.target_unchanged),
    ("caddy", "Caddyfile", "respond @takes_identity 400", "", checks.headers_named_by_connection),
    ("caddy", "Caddyfile", "request_header @other_upgrade -Upgrade", "", checks.web_socket),
    ("caddy", "Caddyfile", "request_header @websocket Upgrade websocket", "", checks.web_socket),
    ("caddy", "Caddyfile", "respond @unchecked 503", "", checks.jotleash_gone),
    ("haproxy", "haproxy.cfg", "http-request del-header x-auth- -m beg", "", checks.forged_headers),
    ("haproxy", "haproxy.cfg", "option http-restrict-req-hdr-names delete", "", checks.forged_headers),
    ("haproxy", "haproxy.cfg", "path,url_dec", "path", checks.path_in_disguise),
    ("haproxy", "haproxy.cfg", "http-request del-header upgrade unless", "http-request del-header no-such unless", checks.web_socket),
    ("haproxy", "haproxy.cfg", "http-request set-header upgrade websocket if", "http-request set-header no-such x if", checks.web_socket),
    ("haproxy", "haproxy.cfg", "http-request return status 503 unless", "#", checks.jotleash_gone),
    ("haproxy", "haproxy.cfg", "http-reuse always", "option httpclose", checks.kept_connections),
    ("haproxy", "haproxy.lua", "    return lines\n", "    return { lines[1] }\n", checks.two_credentials),
    ("apache", "apache.lua", "    strip(r)\n", "", checks.forged_headers),
    ("apache", "apache.lua", "^x[-_]auth[-_]", "^x%-auth%-", checks.forged_headers),
    ("apache", "apache.lua", "    only_websocket(r)\n", "", checks.web_socket),
    ("apache", "apache.lua", 'r.headers_in["Connection"]', "nil", checks.headers_named_by_connection),
    ("apache", "apache.lua", "    r:err(", "    error(", checks.jotleash_gone),
    ("apache", "apache.lua", "ambiguous(r.unparsed_uri)", "false", checks.path_in_disguise),
    ("apache", "apache.conf", " nocanon", "", checks.target_unchanged),
]
