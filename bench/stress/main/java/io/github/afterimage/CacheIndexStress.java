package io.github.afterimage;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.github.afterimage.answer.Answer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Closes an index while it is used: each call completes or is refused, and the kernels never read freed memory. */
public final class CacheIndexStress {
    private static final int REFUSED = 0;
    private static final int WRONG = -1;

    private CacheIndexStress() {}

    /** One key of each of two classes. */
    static class Index {
        final CacheIndex index = new CacheIndexBuilder(4, 2).threads(1).build();

        Index() {
            index.add(new float[] {1, 0, 0, 0, 0, 1, 0, 0}, new int[] {0, 1});
        }

        /** Returns the number of keys that answered. */
        final int query() {
            try {
                Answer answer = index.query(new float[] {1, 1, 0, 0}, 10);
                boolean right = Math.abs(answer.row(0).probability(0) - 0.5) < 1e-6
                        && Math.abs(answer.row(0).probability(1) - 0.5) < 1e-6;
                return right ? (int) answer.keys() : WRONG;
            } catch (IllegalStateException closed) {
                return String.valueOf(closed.getMessage()).contains("CacheIndexStress") ? REFUSED : WRONG;
            }
        }

        /** Adds two keys that do not change the answer. */
        final int add() {
            try {
                return (int) index.add(new float[] {3, 0, 0, 0, 0, 2, 0, 0}, new int[] {0, 1})
                        .first();
            } catch (IllegalStateException closed) {
                return REFUSED;
            }
        }

        final void end() {
            index.close();
        }
    }

    /** One thread queries, one closes. */
    @JCStressTest
    @State
    @Outcome(
            id = {"2, 0", "0, 0"},
            expect = ACCEPTABLE)
    public static class QueryAndClose extends Index {
        @Actor
        public void reader(II_Result r) {
            r.r1 = query();
        }

        @Actor
        public void closer() {
            end();
        }

        @Arbiter
        public void arbiter(II_Result r) {
            end();
            r.r2 = query();
        }
    }

    /** One thread queries, one adds keys. */
    @JCStressTest
    @State
    @Outcome(
            id = {"2, 2", "4, 2"},
            expect = ACCEPTABLE)
    public static class QueryAndAdd extends Index {
        @Actor
        public void reader(II_Result r) {
            r.r1 = query();
        }

        @Actor
        public void writer(II_Result r) {
            r.r2 = add();
        }

        @Arbiter
        public void arbiter() {
            end();
        }
    }

    /** One thread adds keys, one closes: the change is made or refused. */
    @JCStressTest
    @State
    @Outcome(
            id = {"2, 0", "0, 0"},
            expect = ACCEPTABLE)
    public static class AddAndClose extends Index {
        @Actor
        public void writer(II_Result r) {
            r.r1 = add();
        }

        @Actor
        public void closer() {
            end();
        }

        @Arbiter
        public void arbiter(II_Result r) {
            r.r2 = query();
        }
    }
}
