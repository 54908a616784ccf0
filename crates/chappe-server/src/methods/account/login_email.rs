//! The mail address for logins: `account.sendVerifyEmailCode` and `account.verifyEmail`.

use chappe_api::{enums, functions, types};
use chappe_mtproto::rpc::RpcError;
use enums::EmailVerifyPurpose as Purpose;

use crate::call::Call;
use crate::methods::auth::code::{self, Delivery, Recipient};
use crate::methods::errors::{Answer, bad_request, flood_wait};
use crate::model::{email, login_email, password};
use crate::store::CodeCheck;

/// The number of a login that waits for an address: `PHONE_HASH_EXPIRED` or `PHONE_CODE_EXPIRED` if there is no such login.
async fn waiting(call: &Call, login: &types::EmailVerifyPurposeLoginSetup) -> Answer<String> {
    let number = code::listed_number_here(call, &login.phone_number).await?;
    let way = call.store().login_code_way(&login.phone_code_hash, &number, call.unix()).await?;
    let waits = way.is_some_and(|way| Delivery::Setup.is(way.delivery));
    let expired = || call.refuse(&["PHONE_HASH_EXPIRED", "PHONE_CODE_EXPIRED"]);
    waits.then_some(number).ok_or_else(expired)
}

pub(crate) async fn send(
    call: &Call,
    query: functions::account::SendVerifyEmailCode,
) -> Answer<types::account::SentEmailCode> {
    let address = || email::normalise(&query.email).ok_or_else(|| bad_request("EMAIL_INVALID"));
    let (code, now) = (password::code(call), call.unix());
    let (address, expires_at) = match &query.purpose {
        Purpose::LoginSetup(login) => {
            waiting(call, login).await?;
            let address = address()?;
            check_pace(call)?;
            let hash = login.phone_code_hash.as_str();
            let expires_at = call.store().put_login_email_setup(hash, &address, &code, now).await?;
            (address, expires_at)
        }
        Purpose::LoginChange => {
            let user_id = call.user_id()?;
            if call.store().login_email(user_id, now).await?.is_none() {
                return Err(bad_request("EMAIL_NOT_SETUP"));
            }
            let address = address()?;
            check_pace(call)?;
            (address.clone(), call.store().put_login_email_change(user_id, &address, &code, now).await?)
        }
        Purpose::Passport => return Err(bad_request("METHOD_NOT_IMPLEMENTED")),
    };
    password::mail(call, &address, &code, expires_at);
    Ok(login_email::confirmation(&address))
}

/// Mails count among the codes that a device asks for.
fn check_pace(call: &Call) -> Answer<()> {
    match call.world.floods.code_for_device(call.device, call.now.monotonic) {
        Some(wait) => Err(flood_wait(wait)),
        None => Ok(()),
    }
}

fn refused(check: CodeCheck) -> RpcError {
    bad_request(if check == CodeCheck::Expired { "EMAIL_VERIFY_EXPIRED" } else { "CODE_INVALID" })
}

/// An address that is confirmed in a login is the account's once that login has succeeded. Who has an account shows by
/// another code that the number is theirs; a new number has nobody to protect, and gets its code by mail.
pub(crate) async fn verify(
    call: &Call,
    query: functions::account::VerifyEmail,
) -> Answer<enums::account::EmailVerified> {
    let enums::EmailVerification::Code(typed) = &query.verification else {
        // Nobody has an account at Google or Apple here.
        return Err(bad_request("EMAIL_NOT_ALLOWED"));
    };
    let typed = typed.code.trim();
    match &query.purpose {
        Purpose::LoginSetup(login) => {
            let number = waiting(call, login).await?;
            let hash = login.phone_code_hash.as_str();
            let confirmed = call.store().confirm_login_email_setup(hash, typed, call.unix()).await?;
            let email = confirmed.map_err(refused)?;
            call.world.forget_code(&email);
            let delivery = match call.store().user_by_phone(&number).await? {
                Some(_) => code::delivery(call, &number).await?,
                None => Delivery::Mail,
            };
            let to = Recipient { number: &number, email: &email, ..Recipient::default() };
            let sent_code = code::send(call, to, delivery).await?;
            Ok(types::account::EmailVerifiedLogin { email: email.clone(), sent_code }.into())
        }
        Purpose::LoginChange => {
            let confirmed = call.store().confirm_login_email(call.user_id()?, typed, call.unix()).await?;
            let email = confirmed.map_err(refused)?;
            call.world.codes_changed().await?;
            Ok(types::account::EmailVerified { email }.into())
        }
        Purpose::Passport => Err(bad_request("METHOD_NOT_IMPLEMENTED")),
    }
}
