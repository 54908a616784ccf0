//! `contacts.…`

use chappe::Peer;
use serde_json::Value;

use super::{Context, Failure, Params};
use crate::{cloud, people, view};

pub(super) async fn import(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let (phone, first): (String, String) = (params.required("phone")?, params.required("first_name")?);
    let last: String = params.optional("last_name")?.unwrap_or_default();
    Ok(view::user(&context.client().import_contact(&phone, &first, &last).await?))
}

pub(super) async fn list(context: &Context, _: Params) -> Result<Value, Failure> {
    let contacts = context.client().contacts().await?;
    Ok(contacts.iter().filter_map(Peer::as_user).map(view::user).collect())
}

pub(super) async fn remove(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let who: String = params.required("user")?;
    let peer = cloud::find(context.client(), &who).await?;
    context.client().delete_contacts([peer.to_ref()]).await?;
    Ok(true.into())
}

pub(super) async fn resolve_phone(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let phone: String = params.required("phone")?;
    Ok(view::user(&context.client().resolve_phone(&phone).await?))
}

pub(super) async fn resolve_username(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let name: String = params.required("username")?;
    Ok(view::user(&people::by_username(context.client(), name.trim_start_matches('@')).await?))
}
