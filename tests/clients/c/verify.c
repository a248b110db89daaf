/* snippet:verify */
#include <cjose/cjose.h>
#include <curl/curl.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

struct body {
    char bytes[65536];
    size_t length;
};

static size_t receive(char *data, size_t one, size_t count, void *to) {
    struct body *body = to;
    if (count > sizeof body->bytes - body->length)
        return 0; /* too long: curl gives up */
    memcpy(body->bytes + body->length, data, count * one);
    body->length += count;
    return count;
}

/* The keys of an issuer, or NULL. A long-lived service fetches them again every five minutes. */
json_t *fetch_keys(const char *url) {
    struct body body = {.length = 0};
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 5L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    CURLcode result = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    return result == CURLE_OK ? json_loadb(body.bytes, body.length, 0, NULL) : NULL;
}

static int is(const char *found, const char *expected) {
    return found != NULL && strcmp(found, expected) == 0;
}

/* The key with this kid, or NULL. */
static cjose_jwk_t *find_key(json_t *keys, const char *kid, cjose_err *err) {
    size_t index;
    json_t *key;
    json_array_foreach(json_object_get(keys, "keys"), index, key)
        if (kid != NULL && is(json_string_value(json_object_get(key, "kid")), kid))
            return cjose_jwk_import_json((cjose_header_t *)key, err);
    return NULL;
}

/* NULL if the token is right, with its claims in *claims; else what is wrong with it. */
const char *verify(const char *token, json_t *keys, const char *issuer, const char *audience,
                   const char *algorithm, json_t **claims) {
    cjose_err err = {.message = NULL};
    const char *wrong = NULL;
    uint8_t *payload;
    size_t length;
    *claims = NULL;
    cjose_jws_t *jws = cjose_jws_import(token, strlen(token), &err);
    if (jws == NULL)
        return err.message;
    cjose_header_t *header = cjose_jws_get_protected(jws);
    cjose_jwk_t *key = find_key(keys, cjose_header_get(header, "kid", &err), &err);
    if (!is(cjose_header_get(header, "alg", &err), algorithm))
        wrong = "another algorithm";
    else if (!is(cjose_header_get(header, "typ", &err), "at+jwt"))
        wrong = "not an access token";
    else if (key == NULL)
        wrong = err.message != NULL ? err.message : "unknown kid";
    else if (!cjose_jws_verify(jws, key, &err))
        wrong = err.message;
    else if (!cjose_jws_get_plaintext(jws, &payload, &length, &err))
        wrong = err.message;
    else if ((*claims = json_loadb((char *)payload, length, 0, NULL)) == NULL)
        wrong = "claims are not JSON";
    else if (!is(json_string_value(json_object_get(*claims, "iss")), issuer))
        wrong = "another issuer";
    else if (!is(json_string_value(json_object_get(*claims, "aud")), audience))
        wrong = "another audience";
    else if (json_integer_value(json_object_get(*claims, "exp")) <= time(NULL))
        wrong = "expired";
    if (wrong != NULL)
        json_decref(*claims), *claims = NULL;
    cjose_jwk_release(key);
    cjose_jws_release(jws);
    return wrong;
}
/* snippet:end */

#include <stdio.h>
#include <stdlib.h>

int main(void) {
    static char token[65536];
    json_t *claims, *keys = fetch_keys(getenv("JWKS_URL"));
    if (keys == NULL)
        return fputs("no keys\n", stderr), 1;
    while (fgets(token, sizeof token, stdin) != NULL) {
        token[strcspn(token, "\n")] = '\0';
        const char *wrong = verify(token, keys, getenv("ISSUER"), getenv("AUDIENCE"), getenv("ALGORITHM"), &claims);
        printf(wrong == NULL ? "accepted\n" : "refused: %s\n", wrong);
        json_decref(claims);
    }
    return 0;
}
