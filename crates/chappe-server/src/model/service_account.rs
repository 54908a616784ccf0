//! The account that the server itself speaks through: "Telegram", which writes login codes to devices that are logged in.

use chappe_api::{enums, types};
use chappe_tl::Encode;

use super::post;
use crate::call::Call;
use crate::methods::errors::{Answer, internal};
use crate::store::{MessageRow, NewMessage, Sending};

/// Its number, the same everywhere.
pub(crate) const ID: i64 = 777_000;

/// Writes to an account. The first `bold` characters of the text are set in bold.
pub(crate) async fn write(call: &Call, user_id: i64, text: String, bold: usize) -> Answer<()> {
    let length = i32::try_from(bold).unwrap_or(0);
    let marks: Vec<enums::MessageEntity> = vec![types::MessageEntityBold { offset: 0, length }.into()];
    let row = MessageRow {
        mailbox: ID,
        peer: user_id,
        uid: i64::from_le_bytes(call.world.rng.bytes()),
        from_peer: ID,
        author: ID,
        is_out: true,
        date: call.unix(),
        message: text,
        entities: Some(marks.to_bytes().map_err(|_| internal())?),
        ..MessageRow::default()
    };
    let new = NewMessage {
        row,
        random_id: 0,
        content_hash: [0; 32],
        receivers: vec![user_id],
        mentions: Vec::new(),
        amendment: Default::default(),
        pace: Default::default(),
    };
    match call.store().send_message(&new, call.unix()).await? {
        Sending::Sent { change, .. } => post::happened(call, change, false).await,
        _ => Ok(()),
    }
}

/// Somebody cannot read the mail of a login: the account's devices learn what becomes of the address.
pub(crate) async fn login_email_goes(call: &Call, user_id: i64) -> Answer<()> {
    let head = "Login e-mail:";
    let text = format!(
        "{head} somebody who tries to log in cannot read its mail. In a week, codes will go to your number again.\n\nIf that \
         was not you, log in with a code from a mail before: the address stays then."
    );
    write(call, user_id, text, head.len()).await
}

/// The login code of an account, to its devices.
pub(crate) async fn code(call: &Call, user_id: i64, code: &str) -> Answer<()> {
    let head = "Login code:";
    let text = format!(
        "{head} {code}. Tell it to nobody, whoever asks for it.\n\nIt opens your account. If you did not want to log in on \
         another device, nothing has to be done: without the code nobody gets in."
    );
    write(call, user_id, text, head.len()).await
}
