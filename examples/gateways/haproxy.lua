-- Asks jotleash about a request: http-request lua.jotleash audience=NAME&scope=S
-- Sets txn.jotleash.verdict to "live" or to the status of the answer, for haproxy.cfg to act on.
local SOCKET = "abns@jotleash" -- "listen jotleash" of haproxy.cfg
local URL = "http://jotleash/verify?"
local TIMEOUT = 4000 -- milliseconds; longer than those of "listen jotleash", which answer first

local IDENTITY = {
    "x-auth-subject", "x-auth-session", "x-auth-scope", "x-auth-roles",
    "x-auth-client", "x-auth-expires", "x-auth-token-id", "x-auth-liveness",
}

-- The credentials: a token, or a cookie with what the rule against CSRF wants to see.
local CREDENTIALS = { "authorization", "cookie", "origin", "sec-fetch-site", "x-jotleash-csrf" }

-- Lists of headers count from 0 in what HAProxy gives, and from 1 in what it takes. All lines go
-- along: jotleash refuses two credentials, so nobody can show it another than the application.
local function all_lines(found)
    local lines = {}
    local at = 0
    while found[at] do
        lines[#lines + 1] = found[at]
        at = at + 1
    end
    return lines
end

local function ask(txn, demand)
    local sent = txn.http:req_get_headers()
    local headers = {
        ["x-forwarded-method"] = { txn.f:method() },
        ["x-forwarded-uri"] = { txn.f:pathq() },
    }
    for _, name in ipairs({ "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto" }) do
        headers[name] = sent[name] and all_lines(sent[name])
    end
    for _, name in ipairs(CREDENTIALS) do
        headers[name] = sent[name] and all_lines(sent[name])
    end
    return core.httpclient():get({ url = URL .. demand, dst = SOCKET, headers = headers, timeout = TIMEOUT })
end

core.register_action("jotleash", { "http-req" }, function(txn, demand)
    local answer = ask(txn, demand)
    local told = answer.headers or {}
    local function first(name)
        return told[name] and told[name][0]
    end
    txn:set_var("txn.jotleash.challenge", first("www-authenticate") or "Bearer")
    txn:set_var("txn.jotleash.retry_after", first("retry-after") or "1")
    if answer.status ~= 200 then
        txn:set_var("txn.jotleash.verdict", tostring(answer.status))
        return
    end
    for _, name in ipairs(IDENTITY) do
        -- jotleash tells all of them, always. One that is missing is an error: no verdict is set.
        local value = assert(first(name), name .. " is missing")
        txn.http:req_set_header(name, value)
    end
    txn:set_var("txn.jotleash.verdict", "live")
end, 1)
