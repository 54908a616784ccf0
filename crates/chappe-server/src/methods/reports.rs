//! What clients report: spam, peers, photos, messages, and what they have shown. Nobody looks at reports here, so a good one
//! is answered and forgotten.

use chappe_api::{enums, functions, types};

use super::errors::{Answer, bad_request};
use crate::call::Call;
use crate::methods::auth::code;
use crate::model::target::{self, Target};
use crate::store::AccountChange;

/// What may be wrong with a message: what the client sends back, and what it shows.
const OPTIONS: [(&[u8], &str); 4] = [
    (b"spam", "Spam"),
    (b"violence", "Violence"),
    (b"illegal", "Against the law"),
    (b"other", "Something else"),
];

/// `messages.reportSpam`: the bar that asks whether it is some goes.
pub(super) async fn spam(call: &Call, query: functions::messages::ReportSpam) -> Answer<bool> {
    let me = call.user_id()?;
    let target = target::find(call, &query.peer).await?;
    call.store().hide_settings(me, target.peer().0, target.mailbox(me)).await?;
    call.account_changed(me, AccountChange::PeerSettings, target.peer()).await?;
    Ok(true)
}

/// `account.reportPeer`
pub(super) async fn peer(call: &Call, query: functions::account::ReportPeer) -> Answer<bool> {
    target::find(call, &query.peer).await?;
    Ok(true)
}

/// `account.reportProfilePhoto`
pub(super) async fn photo(call: &Call, query: functions::account::ReportProfilePhoto) -> Answer<bool> {
    target::find(call, &query.peer).await?;
    Ok(true)
}

/// `channels.reportSpam`, by administrators about somebody in a supergroup.
pub(super) async fn in_channel(call: &Call, query: functions::channels::ReportSpam) -> Answer<bool> {
    let standing = target::channel(call, &query.channel).await?;
    if !standing.is_admin() {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    target::find(call, &query.participant).await?;
    Ok(true)
}

/// `messages.report`: first without an option, which is answered with all there are.
pub(super) async fn message(call: &Call, query: functions::messages::Report) -> Answer<enums::ReportResult> {
    target::find(call, &query.peer).await?;
    if query.option.is_empty() {
        let option = |(option, text): (&[u8], &str)| types::MessageReportOption {
            text: text.to_owned(),
            option: option.to_vec(),
        };
        let options = OPTIONS.into_iter().map(option).collect();
        let title = "What is wrong with it?".to_owned();
        return Ok(types::ReportResultChooseOption { title, options }.into());
    }
    match OPTIONS.iter().any(|(option, _)| *option == query.option) {
        true => Ok(enums::ReportResult::Reported),
        false => Err(bad_request("OPTION_INVALID")),
    }
}

/// `messages.reportMessagesDelivery`
pub(super) async fn delivery(
    call: &Call,
    query: functions::messages::ReportMessagesDelivery,
) -> Answer<bool> {
    target::find(call, &query.peer).await?;
    Ok(true)
}

/// `auth.reportMissingCode`
pub(super) async fn missing_code(call: &Call, query: functions::auth::ReportMissingCode) -> Answer<bool> {
    code::listed_number_here(call, &query.phone_number).await?;
    Ok(true)
}

/// `messages.sendScreenshotNotification`: the other side of a private chat is told that it was photographed.
pub(super) async fn screenshot(
    call: &Call,
    query: functions::messages::SendScreenshotNotification,
) -> Answer<enums::Updates> {
    use crate::methods::messages::{allowed, outgoing};
    let target = target::find(call, &query.peer).await?;
    let me = call.user_id()?;
    if !matches!(&target, Target::User(user) if user.id != me) {
        return Err(bad_request("PEER_ID_INVALID"));
    }
    allowed::check_write(call, &target, false).await?;
    let out = outgoing::Outgoing {
        action: Some(enums::MessageAction::ScreenshotTaken),
        random_id: query.random_id,
        ..outgoing::Outgoing::default()
    };
    let sent = outgoing::send(call, &target, out).await?;
    outgoing::answer(call, &[sent]).await
}
