package io.github.afterimage.engine;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Engines;
import io.github.afterimage.keys.Keys;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EngineTest {
    @Test
    void theEngineOfAMissingModuleIsRefusedWithTheNameOfTheModule() {
        assertIllegalArgument(() -> Engines.named("cuda"))
                .hasMessage("engine \"cuda\" cannot be used here: the module afterimage-cuda is missing;"
                        + " add io.github.afterimage:afterimage-cuda");
        assertThat(Engines.all()).extracting(Engines.Choice::name).startsWith("cuda");
        assertThat(Engines.fallbacks()).isZero();
    }

    /** Fails in every pass, and is replaced then. */
    private static final class Failing extends KeyEngine {
        private final KeyEngine next;
        private int passes;

        /** @param next null for an engine that stays */
        Failing(@Nullable KeyEngine next) {
            super("failing");
            this.next = next == null ? this : next;
        }

        @Override
        public String description() {
            return name();
        }

        @Override
        public KeyEngine current() {
            return passes == 0 ? this : next;
        }

        @Override
        protected void classSums(Keys keys, Queries queries, Partial partial, Workspace workspace) {
            passes++;
            throw new IllegalStateException("no answer");
        }

        @Override
        protected void nearest(Keys keys, Queries queries, Nearest nearest, Workspace workspace) {}

        @Override
        protected void gradient(Keys keys, Queries queries, Gradient gradient, Workspace workspace) {}
    }

    @Test
    void anotherEngineAnswersOnlyWhereOneHasFailedForGood() {
        float[] query = {1, 0};
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Failing replaced = new Failing(ReferenceEngine.INSTANCE);
            assertThat(index.withEngine(replaced).query(query, 9).row(0).best()).isZero();
            Failing alone = new Failing(null);
            assertThatThrownBy(() -> index.withEngine(alone).query(query, 9)).hasMessage("no answer");
            assertThat(List.of(replaced.passes, alone.passes)).containsExactly(1, 1);
        }
    }
}
