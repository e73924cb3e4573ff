package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.relatives.Groups;
import io.github.afterimage.experiments.relatives.RelatedPairs;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
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

    /** Three classes of 20 pictures: the first shows one scene, the second has two pictures of one, the others are alone. */
    private static RelatedPairs related(int foreign, double order) {
        IntStream scene = IntStream.range(1, 20).flatMap(i -> IntStream.of(0, i));
        return new RelatedPairs(IntStream.concat(scene, IntStream.of(20, 21)).toArray(), 60, foreign, order);
    }

    private static ExampleGroups groups(RelatedPairs related, boolean given) {
        return ExampleGroups.ofPictures(
                related,
                IntStream.range(0, 60).map(i -> i / 20).toArray(),
                List.of("cat", "dog", "frog"),
                new Groups(60),
                given);
    }

    @Test
    void aClassOfOneSceneIsNamedAndTheOthersAreGrouped() {
        ExampleGroups groups = groups(related(0, 0), false);
        assertThat(groups.doubt()).startsWith("20 examples of cat seem to show the same scene: too many for one part");
        assertThat(groups.warnings()).isEmpty();
        assertThat(groups.together()).isEqualTo(2);
    }

    @Test
    void namesInOrderAreADoubtUnlessGroupsAreNamed() {
        assertThat(groups(related(0, 5.4), false).doubt())
                .contains("Pictures whose names follow each other are more alike than others of their class (by 5"
                        + " standard errors)");
        assertThat(groups(related(0, 4.9), false).doubt()).doesNotContain("names");
        assertThat(groups(related(0, 5.4), true).warnings())
                .singleElement()
                .asString()
                .startsWith("20 examples of cat");
    }

    @Test
    void scenesOfOtherClassesLeaveAllPicturesAlone() {
        ExampleGroups groups = groups(related(2, 0), false);
        assertThat(groups.doubt()).startsWith("2 of 60 pictures seem to show the same scene as one of another class");
        assertThat(groups.together()).isZero();
    }
}
