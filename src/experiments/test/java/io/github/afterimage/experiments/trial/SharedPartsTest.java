package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SharedPartsTest {
    private static final int LOWER_LEFT = 6;

    @Test
    void aQuarterOfThePicturesIsADoubtWhereNoneShareMoreWithOtherClasses() {
        assertThat(parts(40, 9, 0).doubt()).isEmpty();
        assertThat(parts(40, 10, 0).doubt())
                .startsWith(
                        "Of 40 pictures that the memory corrects and that were compared, 10 have more small parts in common with"
                                + " remembered pictures of their class than with those of other classes, mostly in the lower left"
                                + " corner, and 0 have fewer.");
    }

    @Test
    void partsOfOtherClassesSpeakAgainstADoubt() {
        assertThat(parts(40, 20, 11).doubt()).isEmpty();
        assertThat(parts(40, 20, 10).doubt()).isNotEmpty();
    }

    @Test
    void fewerThanThreePicturesAreNoDoubt() {
        assertThat(parts(2, 2, 0).doubt()).isEmpty();
        assertThat(parts(3, 3, 0).doubt()).isNotEmpty();
        assertThat(SharedParts.NONE.doubt()).isEmpty();
    }

    @Test
    void theSumOfDivisionsNamesAPlaceOnlyIfMostPartsAreThere() {
        SharedParts middle = new SharedParts(
                10, 3, 0, IntStream.range(0, 9).map(i -> i == 4 ? 3 : 0).toArray());
        assertThat(SharedParts.sum(Stream.of(parts(30, 12, 1), middle)).doubt())
                .contains(
                        "Of 40 pictures",
                        "15 have more",
                        "classes, mostly in the lower left corner, and 1 have fewer.");
        assertThat(SharedParts.sum(Stream.of(parts(30, 11, 1), middle)).doubt())
                .contains("14 have more", "classes, and 1 have fewer.");
    }

    private static SharedParts parts(int compared, int own, int others) {
        return new SharedParts(
                compared,
                own,
                others,
                IntStream.range(0, 9).map(i -> i == LOWER_LEFT ? own : 0).toArray());
    }
}
