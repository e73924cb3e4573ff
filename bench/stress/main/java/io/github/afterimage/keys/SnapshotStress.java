package io.github.afterimage.keys;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.github.afterimage.Capacity;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A reader takes two snapshots while a writer changes the store. Each snapshot is complete, not older than the one before, and
 * its memory is valid. At the end, the memory of a replaced segment is freed. Results: the two versions; 1 if the first segment
 * was freed, otherwise 0.
 */
public final class SnapshotStress {
    private SnapshotStress() {}

    /** Adds keys behind the published ones, in the same segment. */
    @JCStressTest
    @State
    @Outcome(
            id = {"0, 0, 0", "0, 1, 0", "1, 1, 0"},
            expect = ACCEPTABLE)
    public static class AddToTheLastSegment extends SnapshotScenario {
        public AddToTheLastSegment() {
            super(2, ids(), ids(0, 1), ids(0, 1, 2, 3));
        }

        @Actor
        public void writer() {
            add(2);
        }

        @Actor
        public void reader(III_Result r) {
            r.r1 = seen();
            r.r2 = seen();
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = end();
        }
    }

    /** Adds keys that fill one segment and begin another. */
    @JCStressTest
    @State
    @Outcome(
            id = {"0, 0, 0", "0, 1, 0", "1, 1, 0"},
            expect = ACCEPTABLE)
    public static class AddOverTwoSegments extends SnapshotScenario {
        public AddOverTwoSegments() {
            super(3, ids(), ids(0, 1, 2), ids(0, 1, 2, 3, 4));
        }

        @Actor
        public void writer() {
            add(2);
        }

        @Actor
        public void reader(III_Result r) {
            r.r1 = seen();
            r.r2 = seen();
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = end();
        }
    }

    /** Marks one of many keys as removed: nothing is copied. */
    @JCStressTest
    @State
    @Outcome(
            id = {"0, 0, 0", "0, 1, 0", "1, 1, 0"},
            expect = ACCEPTABLE)
    public static class MarkOneRemoved extends SnapshotScenario {
        public MarkOneRemoved() {
            super(9, ids(), ids(0, 1, 2, 3, 4, 5, 6, 7, 8), ids(0, 1, 2, 3, 5, 6, 7, 8));
        }

        @Actor
        public void writer() {
            store.remove(4);
        }

        @Actor
        public void reader(III_Result r) {
            r.r1 = seen();
            r.r2 = seen();
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = end();
        }
    }

    /** Removes so many keys that the others are copied at once, and the segment is freed. */
    @JCStressTest
    @State
    @Outcome(
            id = {"0, 0, 1", "0, 1, 1", "1, 1, 1"},
            expect = ACCEPTABLE)
    public static class RemoveAndCompact extends SnapshotScenario {
        public RemoveAndCompact() {
            super(4, ids(), ids(0, 1, 2, 3), ids(0, 2));
        }

        @Actor
        public void writer() {
            store.remove(1, 3);
        }

        @Actor
        public void reader(III_Result r) {
            r.r1 = seen();
            r.r2 = seen();
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = end();
        }
    }

    /** Removes all keys of a class. */
    @JCStressTest
    @State
    @Outcome(
            id = {"0, 0, 1", "0, 1, 1", "1, 1, 1"},
            expect = ACCEPTABLE)
    public static class RemoveAClass extends SnapshotScenario {
        public RemoveAClass() {
            super(4, ids(), ids(0, 1, 2, 3), ids(0, 2, 3));
        }

        @Actor
        public void writer() {
            store.remove(label -> label == 1);
        }

        @Actor
        public void reader(III_Result r) {
            r.r1 = seen();
            r.r2 = seen();
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = end();
        }
    }

    /** Removes and adds keys in one step, twice. */
    @JCStressTest
    @State
    @Outcome(
            id = {"0, 0, 1", "0, 1, 1", "0, 2, 1", "1, 1, 1", "1, 2, 1", "2, 2, 1"},
            expect = ACCEPTABLE)
    public static class ReplaceTwice extends SnapshotScenario {
        public ReplaceTwice() {
            super(3, ids(), ids(0, 1, 2), ids(0, 2, 3), ids(2, 4, 5));
        }

        @Actor
        public void writer() {
            replace(ids(1), 1);
            replace(ids(0, 3), 2);
        }

        @Actor
        public void reader(III_Result r) {
            r.r1 = seen();
            r.r2 = seen();
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = end();
        }
    }

    /** Copies the keys into one segment; the keys stay the same. */
    @JCStressTest
    @State
    @Outcome(id = "0, 0, 1", expect = ACCEPTABLE)
    public static class Compact extends SnapshotScenario {
        public Compact() {
            super(9, ids(4), ids(0, 1, 2, 3, 5, 6, 7, 8));
        }

        @Actor
        public void writer() {
            store.compact();
        }

        @Actor
        public void reader(III_Result r) {
            r.r1 = seen();
            r.r2 = seen();
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = end();
        }
    }

    /** A capacity removes the oldest keys, and with the fourth of them their segment. */
    @JCStressTest
    @State
    @Outcome(
            id = {"0, 0, 1", "0, 1, 1", "0, 2, 1", "1, 1, 1", "1, 2, 1", "2, 2, 1"},
            expect = ACCEPTABLE)
    public static class Evict extends SnapshotScenario {
        public Evict() {
            super(4, ids(), ids(0, 1, 2, 3), ids(2, 3, 4, 5), ids(4, 5, 6, 7));
            store.capacity(Capacity.lastKeys(4));
        }

        @Actor
        public void writer() {
            add(2);
            add(2);
        }

        @Actor
        public void reader(III_Result r) {
            r.r1 = seen();
            r.r2 = seen();
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = end();
        }
    }

    /** Two writers: each change is made once, whichever is first. */
    @JCStressTest
    @State
    @Outcome(id = "2, 2, 0", expect = ACCEPTABLE)
    public static class TwoWriters extends SnapshotScenario {
        public TwoWriters() {
            super(1, ids(), ids(0), ids(0, 1), ids(0, 1, 2));
        }

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
            synchronized (store) {
                add(1);
            }
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r1 = seen();
            r.r2 = seen();
            r.r3 = end();
        }
    }
}
