-- Asks jotleash about a request; what it demands is in the variable JOTLEASH_DEMAND.
local http = require "socket.http"

local URL = "http://127.0.0.1:8080/verify?"
http.TIMEOUT = 2 -- seconds, for the connection and for the answer

local IDENTITY = {
    "X-Auth-Subject", "X-Auth-Session", "X-Auth-Scope", "X-Auth-Roles",
    "X-Auth-Client", "X-Auth-Expires", "X-Auth-Token-Id", "X-Auth-Liveness",
}

-- The credentials: a token, or a cookie with what the rule against CSRF wants to see.
local CREDENTIALS = { "Authorization", "Cookie", "Origin", "Sec-Fetch-Site", "X-Jotleash-CSRF" }

-- No such name comes from outside, nor one that a framework cannot tell from it.
local function strip(r)
    for name in pairs(r:headers_in_table()) do
        if name:lower():find("^x[-_]auth[-_]") then
            r.headers_in[name] = nil
        end
    end
end

-- WebSocket may be upgraded to, and nothing else: a tunnel made with "Upgrade: h2c" would carry
-- requests that nobody checks. Apache would pass on a whole list that has "websocket" in it.
local function only_websocket(r)
    local websocket = (r.headers_in["Upgrade"] or ""):lower() == "websocket"
    r.headers_in["Upgrade"] = websocket and "websocket" or nil
end

-- What an application might read as another path than Apache does, once %2F is decoded.
local function ambiguous(target)
    local path = target:gsub("[?].*", ""):gsub("%%(%x%x)", function(digits)
        return string.char(tonumber(digits, 16))
    end)
    return path:find("//") or path:find("/%.%.?/") or path:find("/%.%.?$") or path:find("\0", 1, true)
end

local function ask(r)
    local headers = {
        ["X-Forwarded-Method"] = r.method,
        ["X-Forwarded-Uri"] = r.unparsed_uri,
        ["X-Forwarded-Host"] = r.headers_in["Host"],
        ["X-Forwarded-Proto"] = r.is_https and "https" or "http",
        ["X-Forwarded-For"] = r.useragent_ip,
    }
    for _, name in ipairs(CREDENTIALS) do
        headers[name] = r.headers_in[name]
    end
    local demand = assert(r.subprocess_env["JOTLEASH_DEMAND"], "JOTLEASH_DEMAND is not set")
    local _, status, told = http.request({ url = URL .. demand, headers = headers, redirect = false })
    return assert(tonumber(status), status), told
end

local function decide(r)
    strip(r)
    only_websocket(r)
    -- Apache drops every header that Connection names. Nobody may take away an identity.
    if (r.headers_in["Connection"] or ""):lower():find("x[-_]auth") then
        return 400
    end
    if ambiguous(r.unparsed_uri) then
        return 400
    end
    local status, told = ask(r)
    if status == 200 then
        for _, name in ipairs(IDENTITY) do
            r.headers_in[name] = assert(told[name:lower()], name .. " is missing")
        end
        return apache2.DECLINED
    end
    if status == 401 or status == 403 then
        r.err_headers_out["WWW-Authenticate"] = told["www-authenticate"]
        return status
    end
    if status == 429 then
        r.err_headers_out["Retry-After"] = told["retry-after"]
        return status
    end
    return 503
end

-- Whatever goes wrong is a 503, and the request goes no further.
function check(r)
    local fine, answer = pcall(decide, r)
    if fine then
        return answer
    end
    r:err("jotleash could not be asked: " .. tostring(answer))
    return 503
end
