//! `account.deleteAccount`

use chappe_api::functions;

use crate::call::{After, Call};
use crate::methods::errors::Answer;

pub(crate) async fn handle(call: &Call, _: functions::account::DeleteAccount) -> Answer<bool> {
    let user_id = call.user_id()?;
    let (devices, changes) = call.store().delete_user(user_id, call.unix()).await?;
    call.after_changes(changes);
    for device in devices {
        call.after(After::LoginChanged { device, logged_in: false });
    }
    Ok(true)
}
