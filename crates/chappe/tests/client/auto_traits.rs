//! What may cross threads: whoever shares a client among tasks finds out when their program is compiled, and so do we.

use chappe::{Client, InvokeOptions, PeerRef, functions, types};
use chappe::{
    blocking, bots, dialogs, files, groups, history, login, media, messages, people, secret, session, updates,
};

fn owned<T: Send + Sync + 'static>() {}
fn send<T: Send + Unpin>() {}
fn shared<T: Send + Sync + Unpin>() {}

macro_rules! all {
    ($what:ident: $($type:ty),+ $(,)?) => {
        $($what::<$type>();)+
    };
}

#[test]
fn what_a_program_holds_can_be_shared_among_threads() {
    all!(shared:
        Client, chappe::ClientBuilder, chappe::DataCentres, chappe::Proxy, chappe::Tls, InvokeOptions,
        blocking::Client, blocking::SecretChats, blocking::SecretChat,
        chappe::Message, messages::Draft, chappe::Media, dialogs::Dialog, people::Participant, chappe::Peer, PeerRef,
        files::CloudFile, files::UploadState, history::Archive, history::HistoryEntry, history::HistoryQuery,
        chappe::LoginToken, login::NewPassword, login::QrToken, login::SignIn,
        secret::SecretChats, secret::SecretChat, secret::Sealed,
        chappe::MemorySession, chappe::StringSession, chappe::SqliteSession, chappe::StoredSession, session::Lease,
        chappe::Event, chappe::UpdateStream, chappe::Observer, chappe::SecretEvents, updates::Held, updates::Filter,
    );
}

#[test]
fn errors_go_through_boxes_and_threads() {
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    all!(error: chappe::Error, chappe::InvokeError, chappe::RpcError, chappe::markup::HtmlError, session::SessionError);
}

#[test]
fn what_is_still_to_be_awaited_can_go_to_another_thread() {
    all!(shared:
        messages::DeleteMessages, messages::ForwardMessages, messages::Messages, messages::PinMessage, messages::SaveDraft,
        dialogs::Dialogs, people::Participants, bots::AnswerInline, bots::AskInline, groups::ExportInvite, groups::Promote,
    );
    // These may hold what the program reads from, or asks, which is for one thread at a time.
    all!(send:
        files::Chunks, files::Download, files::FileInput, files::Upload, media::Attachment, secret::OutgoingFile,
        messages::EditMessage, messages::SendAlbum, messages::SendMessage, login::Callbacks, chappe::Call<bool>,
    );
}

#[test]
fn hooks_sessions_and_prompts_may_be_chosen_at_run_time() {
    all!(owned: Box<dyn chappe::Middleware>, std::sync::Arc<dyn chappe::Session>);
    all!(send: Box<dyn login::Prompts>, &mut dyn login::Prompts);
}

#[test]
fn what_is_awaited_can_be_spawned() {
    fn spawned(_: &(impl Future + Send)) {}
    // Never called: that it compiles is the test.
    fn calls(client: &Client, chat: PeerRef, user: &types::User) {
        spawned(&client.invoke(functions::help::GetConfig {}));
        spawned(&client.call(functions::help::GetConfig {}, InvokeOptions::default()));
        spawned(&client.send(chat, "").into_future());
        spawned(&client.upload("film.mp4").into_future());
        spawned(&client.messages(chat).collect());
        spawned(&client.secret_chats().start(user));
        spawned(&client.start(&mut login::Callbacks::bot("123456:TOKEN")));
        spawned(&client.disconnect());
    }
    let _: fn(&Client, PeerRef, &types::User) = calls;
}
