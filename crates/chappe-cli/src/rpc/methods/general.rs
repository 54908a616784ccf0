//! `ping`, `version`, `methods`, `invoke`.

use serde_json::{Value, json};

use super::{Context, Failure, Params};
use crate::invoke;

pub(super) async fn ping(_: &Context, _: Params) -> Result<Value, Failure> {
    Ok("pong".into())
}

pub(super) async fn version(_: &Context, _: Params) -> Result<Value, Failure> {
    Ok(json!({ "version": env!("CARGO_PKG_VERSION"), "layer": chappe::LAYER }))
}

pub(super) async fn methods(_: &Context, _: Params) -> Result<Value, Failure> {
    Ok(super::description())
}

pub(super) async fn invoke(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let method: String = params.required("method")?;
    let arguments: Value = params.optional("arguments")?.unwrap_or_else(|| json!({}));
    let schema = chappe_api::api_schema();
    let field = if schema.method(&method).is_some() { "arguments" } else { "method" };
    let call = schema.from_json_call(&method, &arguments).map_err(|error| Failure::field(field, error))?;
    invoke::send(context.client(), &call).await
}
