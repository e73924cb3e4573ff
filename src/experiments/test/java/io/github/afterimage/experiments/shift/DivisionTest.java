package io.github.afterimage.experiments.shift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DivisionTest {
    private final long seed = System.nanoTime();

    private Division division(int size, int reported) {
        return Division.of(IntStream.range(0, size).toArray(), reported, seed);
    }

    @Test
    void imagesThatTuneHaveNoPart() {
        Division division = Division.of(new int[] {3, 5, 8, 9}, 2, seed);
        assertThat(IntStream.concat(Arrays.stream(division.stream()), Arrays.stream(division.reported()))
                        .toArray())
                .as("seed %d", seed)
                .containsExactlyInAnyOrder(3, 5, 8, 9);
    }

    @Test
    void eachImageEitherArrivesOrIsReportedOn() {
        Division division = division(101, 30);
        assertThat(division.reported()).as("seed %d", seed).hasSize(30).isSorted();
        assertThat(IntStream.concat(Arrays.stream(division.stream()), Arrays.stream(division.reported()))
                        .sorted()
                        .toArray())
                .isEqualTo(IntStream.range(0, 101).toArray());
        assertThat(division(101, 1000).reported()).hasSize(50);
    }

    @Test
    void theFirstImagesOfEachClassAreReceivedFewerBeforeMore() {
        Division division = division(90, 30);
        int[] ten = division.received(10, image -> image % 3);
        int[] labels = Arrays.stream(ten).map(image -> image % 3).toArray();
        assertThat(ten).as("seed %d", seed).hasSize(30);
        assertThat(division.stream()).contains(ten);
        assertThat(labels).containsOnly(0, 1, 2);
        assertThat(Arrays.stream(Division.first(labels, 2)).map(i -> ten[i]).toArray())
                .isEqualTo(division.received(2, image -> image % 3));
    }

    @Test
    void refusesToReceiveMoreImagesOfAClassThanThereAre() {
        assertThatThrownBy(() -> division(20, 10).received(11, image -> 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("--received 11: class 0 has 10 images", "report on fewer");
    }
}
