package io.github.afterimage.keys;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A reader takes two snapshots while a writer changes the store. Each snapshot is complete, not older than the one before, and
 * its memory is valid. At the end, the memory of a replaced segment is freed. Results: the change; the two versions; 1 if the first
 * segment was freed, otherwise 0.
 */
public final class SnapshotStress {
    private SnapshotStress() {}

    /** Keys of a store, what a writer does to it, and the versions that a reader may see. */
    private enum Change {
        ADD_TO_THE_LAST_SEGMENT(2, ids(), scenario -> scenario.add(2), ids(0, 1), ids(0, 1, 2, 3)),
        /** Adds keys that fill one segment and begin another. */
        ADD_OVER_TWO_SEGMENTS(3, ids(), scenario -> scenario.add(2), ids(0, 1, 2), ids(0, 1, 2, 3, 4)),
        /** Marks one of many keys: nothing is copied. */
        MARK_ONE_REMOVED(
                9,
                ids(),
                scenario -> scenario.store.remove(4),
                ids(0, 1, 2, 3, 4, 5, 6, 7, 8),
                ids(0, 1, 2, 3, 5, 6, 7, 8)),
        /** Removes so many keys that the others are copied at once, and the segment is freed. */
        REMOVE_AND_COMPACT(4, ids(), scenario -> scenario.store.remove(1, 3), ids(0, 1, 2, 3), ids(0, 2)),
        REMOVE_A_CLASS(
                4, ids(), scenario -> scenario.store.removeIf(key -> key.label(0) == 1), ids(0, 1, 2, 3), ids(0, 2, 3)),
        /** Copies the keys into one segment; the keys stay the same. */
        COMPACT(9, ids(4), scenario -> scenario.store.compact(), ids(0, 1, 2, 3, 5, 6, 7, 8)),
        /** Removes and adds keys in one step, twice. */
        REPLACE_TWICE(
                3,
                ids(),
                scenario -> {
                    scenario.replace(ids(1), 1);
                    scenario.replace(ids(0, 3), 2);
                },
                ids(0, 1, 2),
                ids(0, 2, 3),
                ids(2, 4, 5)),
        /** New keys take the place of the oldest, and with the fourth of these their segment goes. */
        REPLACE_OLDEST(
                4,
                ids(),
                scenario -> {
                    scenario.replace(ids(0, 1), 2);
                    scenario.replace(ids(2, 3), 2);
                },
                ids(0, 1, 2, 3),
                ids(2, 3, 4, 5),
                ids(4, 5, 6, 7));

        private static final Change[] ALL = values();

        final int keys;
        final long[] removed;
        final Write write;
        final long[][] versions;

        Change(int keys, long[] removed, Write write, long[]... versions) {
            this.keys = keys;
            this.removed = removed;
            this.write = write;
            this.versions = versions;
        }
    }

    private interface Write {
        void to(SnapshotScenario scenario);
    }

    private static long[] ids(long... ids) {
        return ids;
    }

    /** One writer makes one of the changes. */
    @JCStressTest
    @State
    @Outcome(
            id = {
                "[0-2], (0, 0|0, 1|1, 1), 0",
                "[34], (0, 0|0, 1|1, 1), 1",
                "5, 0, 0, 1",
                "[67], (0, [0-2]|1, [12]|2, 2), 1"
            },
            expect = ACCEPTABLE)
    public static class OneWriter {
        private final Change change = Change.ALL[ThreadLocalRandom.current().nextInt(Change.ALL.length)];
        private final SnapshotScenario scenario = new SnapshotScenario(change.keys, change.removed, change.versions);

        @Actor
        public void writer() {
            change.write.to(scenario);
        }

        @Actor
        public void reader(IIII_Result r) {
            r.r2 = scenario.seen();
            r.r3 = scenario.seen();
        }

        @Arbiter
        public void arbiter(IIII_Result r) {
            r.r1 = change.ordinal();
            r.r4 = scenario.end();
        }
    }

    /** Two writers: each change is made once, whichever is first. Results: the versions at the end; 1 if the segment was freed. */
    @JCStressTest
    @State
    @Outcome(id = "2, 2, 0", expect = ACCEPTABLE)
    public static class TwoWriters {
        private final SnapshotScenario scenario = new SnapshotScenario(1, ids(), ids(0), ids(0, 1), ids(0, 1, 2));

        @Actor
        public void writer() {
            addOne();
        }

        @Actor
        public void otherWriter() {
            addOne();
        }

        private void addOne() {
            // The values of a key follow from its id, which is known only once the store has it.
            synchronized (scenario.store) {
                scenario.add(1);
            }
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r1 = scenario.seen();
            r.r2 = scenario.seen();
            r.r3 = scenario.end();
        }
    }
}
