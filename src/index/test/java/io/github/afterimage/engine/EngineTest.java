package io.github.afterimage.engine;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.Engines;
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

    @Test
    void otherEnginesAnswerForThemselves() {
        assertThat(ReferenceEngine.INSTANCE.current()).isSameAs(ReferenceEngine.INSTANCE);
        int[] calls = {0};
        assertThat(ReferenceEngine.INSTANCE.<String>run(engine -> engine.name() + calls[0]++))
                .isEqualTo("reference0");
        assertThatThrownBy(() -> ReferenceEngine.INSTANCE.run(engine -> {
                    calls[0]++;
                    throw new IllegalStateException("no answer");
                }))
                .hasMessage("no answer");
        assertThat(calls[0]).isEqualTo(2);
    }
}
