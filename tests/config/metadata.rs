//! The metadata of a service as the file made it.

use serde_json::Value;

use crate::program::Program;

#[tokio::test]
async fn what_would_be_an_empty_list_is_left_out_unless_it_is_required() {
    for (scopes, expected) in [("", None), ("scopes = [\"read\"]", Some("read"))] {
        let program = Program::with(&format!("[[audience]]\nname = \"web\"\n{scopes}\n"));
        assert_eq!(program.run(&["keys", "generate"]).code, 0);
        let serving = program.serve(&["--store=embedded:memory"]).unwrap();
        let url = format!("{}/.well-known/oauth-authorization-server", serving.url);
        let metadata: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
        let empty: Vec<_> = metadata
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, value)| value.as_array().is_some_and(Vec::is_empty))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(empty, ["response_types_supported"]);
        let listed = metadata.get("scopes_supported");
        assert_eq!(listed.map(|it| it[0].as_str().unwrap()), expected);
    }
}
