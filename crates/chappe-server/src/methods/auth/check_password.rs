//! `auth.checkPassword`: the last step of a login with two-step verification.

use chappe_api::{enums, functions};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::password;

pub(crate) async fn handle(
    call: &Call,
    query: functions::auth::CheckPassword,
) -> Answer<enums::auth::Authorization> {
    let user_id = call.claimant().await?;
    password::verify(call, user_id, &query.password).await?;
    super::log_in(call, user_id).await
}
