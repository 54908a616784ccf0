//! `sessions.…`: the devices that are logged in.

use serde_json::Value;

use super::{Context, Failure, Params};
use crate::sessions::in_json;

pub(super) async fn list(context: &Context, _: Params) -> Result<Value, Failure> {
    Ok(context.client().sessions().await?.iter().map(in_json).collect())
}

pub(super) async fn accept(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let url: String = params.required("url")?;
    Ok(in_json(&context.client().accept_login_token(&url).await?))
}

pub(super) async fn end(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let hash: i64 = params.required("session")?;
    // The server takes 0 for this device.
    if hash == 0 {
        return Err(Failure::field("session", "0 is this device: `login.log_out` ends its login"));
    }
    context.client().end_session(hash).await?;
    Ok(true.into())
}

pub(super) async fn end_others(context: &Context, _: Params) -> Result<Value, Failure> {
    context.client().end_other_sessions().await?;
    Ok(true.into())
}
