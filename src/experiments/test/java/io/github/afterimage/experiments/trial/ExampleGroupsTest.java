package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExampleGroupsTest {
    @Test
    void soManyFeaturesThatNoneAreComparedAreSaidToBe() throws IOException {
        Examples many = new Examples() {
            @Override
            public int size() {
                return 200_000;
            }

            @Override
            public Format format() {
                return new Format(512, 10, List.of(), 0);
            }

            @Override
            public int label(int example) {
                return example % 10;
            }

            @Override
            public String name(int example) {
                return "";
            }

            @Override
            public Examples select(int[] rows) {
                throw new AssertionError("examples are chosen");
            }

            @Override
            public void forEachBatch(int size, Progress progress, Consumer consumer) {
                throw new AssertionError("the features are read");
            }
        };
        ExampleGroups groups = ExampleGroups.ofFeatures(many);
        assertThat(groups.together()).isZero();
        assertThat(groups.warnings())
                .singleElement()
                .asString()
                .startsWith("200,000 examples were not compared with each other, because that takes minutes");
    }
}
