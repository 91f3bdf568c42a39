from coterie.core.engine.ordering import staging
from coterie.core.engine.state import groups
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.open_message import open_message
from coterie.testing import scenes, talking
from coterie.testing.pipe import Pipe
from coterie.testing.wrong_paths import wrong_paths


def test_only_commits_made_inside_are_wrong_for_who_reads_their_path() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    talking.say(pipe, alice, "Bob", "hello")
    conversation = talking.conversation_of(alice)
    plan = CommitPlan(force_path=True)
    codes = []
    for wrong in (False, True, False):
        if wrong:
            with wrong_paths():
                made = staging.make_commit(pipe.context(alice), conversation, conversation.group_id, plan)
        else:
            made = staging.make_commit(pipe.context(alice), conversation, conversation.group_id, plan)
        group, _ = groups.load(pipe.context(bob), conversation.group_id)
        try:
            open_message(group, bob.store.conversations.rows(conversation.group_id), made.message)
            codes.append("")
        except PeerError as error:
            codes.append(error.code)
    assert codes == ["", "path-mismatch", ""]
