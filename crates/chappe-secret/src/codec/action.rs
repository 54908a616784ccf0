//! Service actions, to and from TL.

use chappe_api::secret::{enums, types};

use crate::{Action, Activity};

pub(super) fn to_tl(action: &Action) -> enums::DecryptedMessageAction {
    use enums::DecryptedMessageAction as A;
    match action.clone() {
        Action::AbortKey { exchange_id } => {
            A::AbortKey(types::DecryptedMessageActionAbortKey { exchange_id })
        }
        Action::AcceptKey { exchange_id, g_b, key_fingerprint } => {
            A::AcceptKey(Box::new(types::DecryptedMessageActionAcceptKey {
                exchange_id,
                g_b,
                key_fingerprint,
            }))
        }
        Action::CommitKey { exchange_id, key_fingerprint } => {
            A::CommitKey(types::DecryptedMessageActionCommitKey { exchange_id, key_fingerprint })
        }
        Action::DeleteMessages { random_ids } => {
            A::DeleteMessages(types::DecryptedMessageActionDeleteMessages { random_ids })
        }
        Action::FlushHistory => A::FlushHistory,
        Action::Noop => A::Noop,
        Action::NotifyLayer { layer } => A::NotifyLayer(types::DecryptedMessageActionNotifyLayer { layer }),
        Action::ReadMessages { random_ids } => {
            A::ReadMessages(types::DecryptedMessageActionReadMessages { random_ids })
        }
        Action::RequestKey { exchange_id, g_a } => {
            A::RequestKey(Box::new(types::DecryptedMessageActionRequestKey { exchange_id, g_a }))
        }
        Action::Resend { start_seq_no, end_seq_no } => {
            A::Resend(types::DecryptedMessageActionResend { start_seq_no, end_seq_no })
        }
        Action::ScreenshotMessages { random_ids } => {
            A::ScreenshotMessages(types::DecryptedMessageActionScreenshotMessages { random_ids })
        }
        Action::SetMessageTtl { seconds } => {
            A::SetMessageTtl(types::DecryptedMessageActionSetMessageTtl { ttl_seconds: seconds })
        }
        Action::Typing { activity } => {
            A::Typing(types::DecryptedMessageActionTyping { action: activity_to_tl(activity) })
        }
    }
}

pub(super) fn from_tl(action: enums::DecryptedMessageAction) -> Action {
    use enums::DecryptedMessageAction as A;
    match action {
        A::AbortKey(a) => Action::AbortKey { exchange_id: a.exchange_id },
        A::AcceptKey(a) => {
            Action::AcceptKey { exchange_id: a.exchange_id, g_b: a.g_b, key_fingerprint: a.key_fingerprint }
        }
        A::CommitKey(a) => {
            Action::CommitKey { exchange_id: a.exchange_id, key_fingerprint: a.key_fingerprint }
        }
        A::DeleteMessages(a) => Action::DeleteMessages { random_ids: a.random_ids },
        A::FlushHistory => Action::FlushHistory,
        A::Noop => Action::Noop,
        A::NotifyLayer(a) => Action::NotifyLayer { layer: a.layer },
        A::ReadMessages(a) => Action::ReadMessages { random_ids: a.random_ids },
        A::RequestKey(a) => Action::RequestKey { exchange_id: a.exchange_id, g_a: a.g_a },
        A::Resend(a) => Action::Resend { start_seq_no: a.start_seq_no, end_seq_no: a.end_seq_no },
        A::ScreenshotMessages(a) => Action::ScreenshotMessages { random_ids: a.random_ids },
        A::SetMessageTtl(a) => Action::SetMessageTtl { seconds: a.ttl_seconds },
        A::Typing(a) => Action::Typing { activity: activity_from_tl(&a.action) },
    }
}

fn activity_to_tl(activity: Activity) -> enums::SendMessageAction {
    use enums::SendMessageAction as S;
    match activity {
        Activity::Cancel => S::CancelAction,
        Activity::ChooseContact => S::ChooseContactAction,
        Activity::GeoLocation => S::GeoLocationAction,
        Activity::RecordAudio => S::RecordAudioAction,
        Activity::RecordRound => S::RecordRoundAction,
        Activity::RecordVideo => S::RecordVideoAction,
        Activity::Typing => S::TypingAction,
        Activity::UploadAudio => S::UploadAudioAction,
        Activity::UploadDocument => S::UploadDocumentAction,
        Activity::UploadPhoto => S::UploadPhotoAction,
        Activity::UploadRound => S::UploadRoundAction,
        Activity::UploadVideo => S::UploadVideoAction,
    }
}

fn activity_from_tl(action: &enums::SendMessageAction) -> Activity {
    use enums::SendMessageAction as S;
    match action {
        S::CancelAction => Activity::Cancel,
        S::ChooseContactAction => Activity::ChooseContact,
        S::GeoLocationAction => Activity::GeoLocation,
        S::RecordAudioAction => Activity::RecordAudio,
        S::RecordRoundAction => Activity::RecordRound,
        S::RecordVideoAction => Activity::RecordVideo,
        S::TypingAction => Activity::Typing,
        S::UploadAudioAction => Activity::UploadAudio,
        S::UploadDocumentAction => Activity::UploadDocument,
        S::UploadPhotoAction => Activity::UploadPhoto,
        S::UploadRoundAction => Activity::UploadRound,
        S::UploadVideoAction => Activity::UploadVideo,
    }
}
