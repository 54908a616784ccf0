//! `account.getTmpPassword`: temporary passwords pay for things, and nothing is sold here.

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::password;

pub(crate) async fn handle(
    call: &Call,
    query: functions::account::GetTmpPassword,
) -> Answer<types::account::TmpPassword> {
    password::verify(call, call.user_id()?, &query.password).await?;
    Err(bad_request("TMP_PASSWORD_DISABLED"))
}
