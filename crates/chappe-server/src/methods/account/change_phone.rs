//! Another number for the account: `account.sendChangePhoneCode` and `account.changePhone`.

use chappe_api::{enums, functions};

use crate::call::Call;
use crate::methods::auth::code;
use crate::methods::errors::{Answer, bad_request};
use crate::model::note::Note;
use crate::model::user;
use crate::store::CodeCheck;

pub(crate) async fn send(
    call: &Call,
    query: functions::account::SendChangePhoneCode,
) -> Answer<enums::auth::SentCode> {
    let owner = call.user_id()?;
    let number = code::normalised(&query.phone_number)?;
    if call.store().user_by_phone(&number).await?.is_some() {
        return Err(bad_request("PHONE_NUMBER_OCCUPIED"));
    }
    let to = code::Recipient { number: &number, owner, ..code::Recipient::default() };
    code::send(call, to, code::Delivery::Sms).await
}

pub(crate) async fn change(call: &Call, query: functions::account::ChangePhone) -> Answer<enums::User> {
    let owner = call.user_id()?;
    let number = code::normalised(&query.phone_number)?;
    if query.phone_code.is_empty() {
        return Err(bad_request("PHONE_CODE_EMPTY"));
    }
    match code::check(call, (&query.phone_code_hash, &number, owner), &query.phone_code, false).await? {
        CodeCheck::Right => {}
        CodeCheck::Wrong => return Err(bad_request("PHONE_CODE_INVALID")),
        CodeCheck::Expired => return Err(bad_request("PHONE_CODE_EXPIRED")),
    }
    if !call.store().change_phone(owner, &number).await? {
        return Err(bad_request("PHONE_NUMBER_OCCUPIED"));
    }
    call.store().delete_login_code(&query.phone_code_hash).await?;
    call.world.forget_code(&number);
    call.tell_watchers(owner, Note::UserPhone { user_id: owner }).await?;
    let row = call.user().await?;
    Ok(user::see(call.store(), &call.world.access, &row, call.viewer(owner), call.unix()).await?)
}
