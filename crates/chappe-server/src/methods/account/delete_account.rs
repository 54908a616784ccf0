//! `account.deleteAccount`
//!
//! Who is logged in may do it with the password, if there is one. Without the password it takes a week: the first call
//! asks for it, a later one does it, and whoever shows the password in between calls it off. That is also how somebody
//! who forgot it gets the number back.

use chappe_api::functions;

use crate::call::{After, Call};
use crate::limits::PASSWORD_RESET;
use crate::methods::errors::Answer;
use crate::model::password;

pub(crate) async fn handle(call: &Call, query: functions::account::DeleteAccount) -> Answer<bool> {
    let user_id = call.claimant().await?;
    match (call.store().password(user_id).await?, &query.password) {
        (_, Some(proof)) => password::verify(call, user_id, proof).await?,
        (Some(row), None) if row.delete_at == 0 || row.delete_at > call.unix() => {
            let at =
                if row.delete_at == 0 { call.unix().saturating_add(PASSWORD_RESET) } else { row.delete_at };
            call.store().set_deletion(user_id, at).await?;
            let rest = at.saturating_sub(call.unix());
            return Err(chappe_mtproto::rpc::RpcError::new(420, &format!("2FA_CONFIRM_WAIT_{rest}")));
        }
        (_, None) => {}
    }
    let (devices, changes) = call.store().delete_user(user_id, call.unix()).await?;
    call.after_changes(changes);
    for device in devices {
        call.after(After::LoginChanged { device, logged_in: false });
    }
    Ok(true)
}
