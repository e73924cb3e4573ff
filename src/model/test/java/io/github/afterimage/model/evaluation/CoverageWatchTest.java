package io.github.afterimage.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.answer.Calibration;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CoverageWatchTest {
    private final long seed = System.nanoTime();

    private static CoverageWatch watch() {
        String least = IntStream.range(0, 500).mapToObj(i -> i / 1000f + "").collect(Collectors.joining(" "));
        Map<String, String> attributes = Map.of("pool.alone", "0 1 0", "prediction_sets.alone", "0:999:" + least);
        try (CacheIndex index =
                new CacheIndexBuilder(2, 2).attributes(attributes).build()) {
            return new CoverageWatch(index.calibration(Calibration.ALONE).sets().orElseThrow(), 0.95);
        }
    }

    @Test
    void saysWhatWasPromisedAndWhatWasSeen() {
        CoverageWatch watch = watch();
        assertThat(watch.seen().sentence()).isEqualTo("95 % promised; no label was seen");
        for (int i = 0; i < 1000; i++) {
            watch.count(i % 17 != 0);
        }
        CoverageWatch.Seen seen = watch.seen();
        assertThat(seen.sentence()).isEqualTo("95 % promised, 94.1 % of 1,000 seen, 92.5 to 95.5");
        assertThat(seen.low()).isCloseTo(0.9245, within(1e-4));
        assertThat(seen.broken()).isFalse();
    }

    /** The evidence of 100 labels by a sum over shares of misses, beside its closed form. */
    @Test
    void aPromiseIsBrokenWhenSmallerCoveragesAreAThousandTimesAsProbable() {
        CoverageWatch watch = watch();
        double most = 0.0737; // the share that 999 tuning examples miss at most, but for one time in 1,000
        int missed = 0;
        int seen = 0;
        while (seen < 100) {
            boolean miss = seen % 4 == 0;
            watch.count(!miss);
            seen++;
            missed += miss ? 1 : 0;
            double evidence = 0;
            int steps = 20_000;
            for (int i = 0; i < steps; i++) {
                double share = most + (1 - most) * (i + 0.5) / steps;
                evidence +=
                        Math.exp(missed * Math.log(share / most) + (seen - missed) * Math.log((1 - share) / (1 - most)))
                                / steps;
            }
            if (seen >= 20 && !(evidence > 700 && evidence < 1400)) { // the share above has three digits
                assertThat(watch.seen().broken()).as("%d seen", seen).isEqualTo(evidence > 1000);
            }
        }
        assertThat(watch.seen().broken()).isTrue();
        assertThat(watch.seen().sentence()).endsWith(": the promise is broken, tune again with labelled images of now");
    }

    @Test
    void aPromiseThatHoldsIsNotCalledBrokenAndALateChangeIsSeen() {
        Random random = new Random(seed);
        CoverageWatch watch = watch();
        for (int i = 0; i < 20_000; i++) {
            watch.count(random.nextDouble() < 0.95);
            if (i % 100 == 0) {
                assertThat(watch.seen().broken())
                        .as("seed %d, label %d", seed, i)
                        .isFalse();
            }
        }
        int labels = 0;
        while (!watch.seen().broken()) {
            watch.count(random.nextDouble() < 0.7);
            labels++;
        }
        assertThat(labels).as("seed %d", seed).isLessThan(700);
    }
}
