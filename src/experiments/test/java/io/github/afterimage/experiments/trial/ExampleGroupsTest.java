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
        assertThat(groups.joined()).isFalse();
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
        assertThat(groups.found()).isEqualTo(2);
    }

    /** Joins the pictures of each class of 20 in groups of some sizes, one after the other; the others are alone. */
    private static RelatedPairs groupsOf(int... sizes) {
        IntStream.Builder pairs = IntStream.builder();
        for (int label = 0; label < 3; label++) {
            int first = 20 * label;
            for (int size : sizes) {
                for (int i = 1; i < size; i++) {
                    pairs.add(first).add(first + i);
                }
                first += size;
            }
        }
        return new RelatedPairs(pairs.build().toArray(), 60, 0, 0);
    }

    @Test
    void manyRelativesInGroupsOfSeveralSizesAreADoubtBecauseOthersMayBeMissed() {
        assertThat(groups(groupsOf(4, 3, 2), false).doubt())
                .startsWith("27 of 60 pictures seem to show the scenes of others. If they are frames");
        assertThat(groups(groupsOf(4, 4, 4, 4, 4), false).doubt()).isEmpty(); // copies of each, as many
        assertThat(groups(groupsOf(3, 2), false).doubt()).isEmpty(); // few
        assertThat(groups(groupsOf(2, 2, 2), false).doubt()).isNotEmpty();
    }

    @Test
    void groupsThatDivideWhatWasFoundAreADoubtAndOthersAreTaken() {
        assertThat(groups(groupsOf(4, 3, 2), true).doubt()) // each picture was named by itself
                .startsWith(
                        "27 pictures seem to show the scenes of pictures in another --group: of 60 pictures, --group"
                                + " makes 60 groups. Correct its pattern.");
        Groups named = new Groups(60);
        IntStream.range(0, 60).forEach(i -> named.join(i, i / 20 * 20 + i % 20 / 10 * 10));
        ExampleGroups taken = ExampleGroups.ofPictures(
                groupsOf(4, 3, 2),
                IntStream.range(0, 60).map(i -> i / 20).toArray(),
                List.of("cat", "dog", "frog"),
                named,
                true);
        assertThat(taken.doubt()).isEmpty();
        assertThat(taken.warnings()).isEmpty();
        assertThat(taken.found()).isZero();
    }

    @Test
    void aClassOfOneSceneThatIsNamedIsNoDoubt() {
        Groups named = new Groups(60);
        IntStream.range(0, 20).forEach(i -> named.join(i, 0));
        named.join(20, 21);
        ExampleGroups groups = ExampleGroups.ofPictures(
                related(0, 6),
                IntStream.range(0, 60).map(i -> i / 20).toArray(),
                List.of("cat", "dog", "frog"),
                named,
                true);
        assertThat(groups.doubt()).isEmpty();
        assertThat(groups.warnings()).isEmpty();
    }

    @Test
    void namesInOrderAreADoubtUnlessGroupsAreNamed() {
        assertThat(groups(related(0, 5.4), false).doubt())
                .contains("Pictures whose names follow each other are more alike than others of their class (by 5"
                        + " standard errors)");
        assertThat(groups(related(0, 4.9), false).doubt()).doesNotContain("names");
        assertThat(groups(related(0, 5.4), true).doubt()).doesNotContain("names");
    }

    @Test
    void scenesOfOtherClassesLeaveAllPicturesAlone() {
        ExampleGroups groups = groups(related(2, 0), false);
        assertThat(groups.doubt()).startsWith("2 of 60 pictures seem to show the same scene as one of another class");
        assertThat(groups.joined()).isFalse();
    }
}
