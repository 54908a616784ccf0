//! `login.…`

use chappe::SignIn;
use chappe::types::User;
use serde_json::{Value, json};

use super::{Context, Failure, Params};
use crate::view;

pub(super) async fn send_code(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let phone: String = params.required("phone")?;
    let token = context.client().request_login_code(&phone).await?;
    let shown = json!({
        "phone_code_hash": token.phone_code_hash,
        "delivery": view::snake_case(&format!("{:?}", token.delivery)),
        "code_length": token.code_length,
        "timeout": token.timeout.map(|timeout| timeout.as_secs()),
    });
    context.begin_login(token);
    Ok(shown)
}

pub(super) async fn sign_in(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let token = context.login(&params.required::<String>("phone_code_hash")?)?;
    let code: String = params.required("code")?;
    let (first, last): (Option<String>, Option<String>) =
        (params.optional("first_name")?, params.optional("last_name")?);
    match (context.client().sign_in(&token, &code).await?, first) {
        (SignIn::SignUpRequired { .. }, Some(first)) => {
            let user = context.client().sign_up(&token, &first, &last.unwrap_or_default()).await?;
            Ok(json!({ "state": "done", "user": done(context, &user).await? }))
        }
        (outcome, _) => signed_in(context, outcome).await,
    }
}

async fn signed_in(context: &Context, outcome: SignIn) -> Result<Value, Failure> {
    match outcome {
        SignIn::Done(user) => Ok(json!({ "state": "done", "user": done(context, &user).await? })),
        SignIn::PasswordRequired { hint } => Ok(json!({ "state": "password_required", "hint": hint })),
        SignIn::SignUpRequired { terms } => Ok(json!({ "state": "sign_up_required", "terms": terms })),
        other => Err(Failure::new(format!("this version does not know how to go on: {other:?}"))),
    }
}

pub(super) async fn sign_up(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let token = context.login(&params.required::<String>("phone_code_hash")?)?;
    let first: String = params.required("first_name")?;
    let last: String = params.optional("last_name")?.unwrap_or_default();
    let user = context.client().sign_up(&token, &first, &last).await?;
    done(context, &user).await
}

pub(super) async fn check_password(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let password: String = params.required("password")?;
    let user = context.client().check_password(&password).await?;
    done(context, &user).await
}

pub(super) async fn bot(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let token: String = params.required("token")?;
    let user = context.client().sign_in_bot(&token).await?;
    done(context, &user).await
}

pub(super) async fn me(context: &Context, _: Params) -> Result<Value, Failure> {
    Ok(view::user(&context.client().me().await?))
}

pub(super) async fn log_out(context: &Context, _: Params) -> Result<Value, Failure> {
    context.client().log_out().await?;
    Ok(true.into())
}

/// From here on nothing that happens is missed.
async fn done(context: &Context, user: &User) -> Result<Value, Failure> {
    context.client().catch_up().await?;
    Ok(view::user(user))
}
