package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.NOW;
import static io.pgwatch.core.probes.Facts.elsewhere;
import static io.pgwatch.core.probes.Facts.idle;
import static io.pgwatch.core.probes.Facts.sessions;
import static io.pgwatch.core.probes.Facts.taken;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.evidence.PoolSaturation.Diagnosis;
import io.pgwatch.evidence.PoolSaturation.Diagnosis.Kind;
import io.pgwatch.snapshot.Borrowers;
import io.pgwatch.snapshot.Borrowers.Borrower;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.LockWaits.Waiter;
import io.pgwatch.snapshot.Login;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Activity;
import io.pgwatch.snapshot.Snapshot;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which session is behind a pool that has no connection to give. */
class PoolRootTests {

    /** 2 and 3 wait for 1, 4 for 3 and so for 1, too; 6 waits for 5. */
    private static final LockWaits TREE =
            new LockWaits(List.of(waiter(6, 5), waiter(2, 1), waiter(3, 1), waiter(4, 3)), List.of());

    private static Waiter waiter(int pid, Integer... blockers) {
        return new Waiter(pid, "ShareLock", 42.0, null, Arrays.asList(blockers), List.of());
    }

    private static Snapshot snapshot() {
        return Snapshot.at(NOW).with(LockWaits.SECTION, taken(TREE));
    }

    @Test
    void of_a_lock_pile_up_it_is_the_one_for_which_most_wait_and_which_waits_for_none() {
        assertThat(PoolDiagnosis.root(new Diagnosis(Kind.LOCK_PILE_UP, ""), snapshot()))
                .isEqualTo("idle-in-transaction/1");
        assertThat(PoolDiagnosis.root(new Diagnosis(Kind.LOCK_PILE_UP, ""), Snapshot.at(NOW)))
                .isNull();
        LockWaits circle = new LockWaits(List.of(waiter(4, 5), waiter(5, 4)), List.of());
        assertThat(PoolDiagnosis.root(
                        new Diagnosis(Kind.LOCK_PILE_UP, ""), Snapshot.at(NOW).with(LockWaits.SECTION, taken(circle))))
                .as("each of them waits")
                .isNull();
    }

    @Test
    void of_transactions_left_idle_it_is_the_longest_of_this_database() {
        Snapshot snapshot = snapshot()
                .with(
                        Sessions.SECTION,
                        taken(sessions(idle(7, 5, 1L, null), idle(8, 60, 1L, null), elsewhere(9, 99, 1L, null))));

        assertThat(PoolDiagnosis.root(new Diagnosis(Kind.TRANSACTIONS_LEFT_IDLE, ""), snapshot))
                .isEqualTo("idle-in-transaction/8");
        assertThat(PoolDiagnosis.root(new Diagnosis(Kind.LEAK, ""), snapshot)).isNull();
        assertThat(PoolDiagnosis.root(null, snapshot)).isNull();
    }

    @Test
    void it_is_told_with_who_holds_it() {
        Activity piledUp = new Activity(1, 9, 0, 0, 1, 0, 0, 1.0, 42.0, null);
        Sessions seen = new Sessions(List.of(), 1, null, 0, 0, 0, piledUp, null, List.of());
        Borrower other = new Borrower(5, "cleaner", true, NOW, 3, null, null);
        Borrower holder = new Borrower(1, "checkout", true, NOW, 2, null, null);
        Snapshot snapshot = snapshot()
                .with(Login.SECTION, taken(Login.ADMITTED))
                .with(Sessions.SECTION, taken(seen))
                .with(Borrowers.SECTION, taken(new Borrowers(List.of(other, holder))));
        ClientPool full = new ClientPool("main", "hikari", 10, 0, 10, 10, 3, null, 12);

        assertThat(PoolDiagnosis.of(List.of(full), snapshot).orElseThrow().because())
                .startsWith(
                        "9 sessions wait for a lock, the longest for 42 s, behind session 1, held by thread checkout");
    }
}
