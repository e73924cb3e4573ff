package io.github.afterimage.answer;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How an index answers is in its attributes. */
class CalibrationTest {
    private static final List<Double> SHARES = List.of(0.7, 0.2, 0.1);
    private static final PredictionSets SETS = PredictionSets.of(3, List.of(0, 1, 2), List.of(0.25, 0.5, 0.75));

    private static CacheIndex index(Map<String, String> attributes) {
        return new CacheIndexBuilder(2, 3).attributes(attributes).build();
    }

    private static Calibration usual(Pool pool, int views) {
        return new Calibration(pool, views, false, Optional.empty(), Optional.empty());
    }

    private static Calibration tuned(Pool pool, int views) {
        return new Calibration(pool, views, true, Optional.of(SETS), Optional.of(new DoubtThreshold(views, 0.05)));
    }

    @Test
    void anIndexThatNobodyTunedHasTheUsualWeightsAndNeitherSetsNorAThreshold() {
        try (CacheIndex index = index(Map.of())) {
            for (int views = 1; views <= 2; views++) {
                assertThat(index.calibration(views))
                        .isEqualTo(usual(new Pool(40, 0.5, 0.25, 0, List.of(), 0.55, 5_000), views));
            }
            assertThat(index.calibration(Calibration.ALONE))
                    .isEqualTo(usual(new Pool(40, 0, 0.5, 10, List.of(), 0.55, 0), 0));
            assertThat(index.calibration(1).isUncertain(99)).isFalse();
            assertIllegalArgument(() -> index.calibration(1).requireDoubt())
                    .hasMessage("there is no threshold of doubt for this rule: tune the index with labelled examples");
            for (int views : new int[] {-1, 3}) {
                assertIllegalArgument(() -> index.calibration(views))
                        .hasMessage("views " + views + ": expected 1 or 2, or 0 for the memory alone");
            }
        }
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        Map<String, String> attributes = new HashMap<>(Map.of("views", "1"));
        List<Calibration> written = List.of(
                tuned(new Pool(17, 0, 0.125, 3, SHARES, 0.45, 0), 0),
                tuned(new Pool(17, 0.1, 1e-300, 0, SHARES, 0.45, 0), 1),
                tuned(new Pool(17, 1.0 / 3, 12345.678, 0.7, SHARES, 0.45, 0), 2));
        written.forEach(each -> attributes.putAll(each.attributes()));
        assertThat(attributes)
                .containsOnlyKeys(
                        "theta",
                        "views",
                        "class_shares",
                        "background",
                        "doubt.alone",
                        "doubt.one_view",
                        "doubt.two_views",
                        "doubt_share",
                        "pool.alone",
                        "pool.one_view",
                        "pool.two_views",
                        "prediction_sets.alone",
                        "prediction_sets.one_view",
                        "prediction_sets.two_views");
        try (CacheIndex index = index(attributes)) {
            assertThat(index.calibration()).isEqualTo(index.calibration(1));
            for (Calibration each : written) {
                Calibration read = index.calibration(each.views());
                assertThat(read.rule()).isEqualTo(each.rule());
                assertThat(read.tuned()).isTrue();
                assertThat(read.doubt()).isEqualTo(each.doubt());
                assertThat(read.isUncertain(each.views())).isFalse();
                assertThat(read.isUncertain(Math.nextUp(each.views()))).isTrue();
                assertThat(read.sets().map(PredictionSets::text)).hasValue(SETS.text());
            }
        }
    }

    @Test
    void anIndexWithLambdaAnswersByTheMixtureOfThePaper() {
        Map<String, String> attributes =
                Calibration.of(new Mixture(55, 0.25), 1).attributes();
        assertThat(attributes).isEqualTo(Map.of("theta", "55.0", "lambda", "0.25"));
        Map<String, String> both = new HashMap<>(attributes);
        both.put("pool.one_view", "1 2 3");
        for (Map<String, String> each : List.of(attributes, both)) {
            try (CacheIndex index = index(each)) {
                assertThat(index.calibration(1).rule()).isEqualTo(new Mixture(55, 0.25));
                assertThat(index.calibration(2).rule()).isEqualTo(new Mixture(55, 0.25));
                assertThat(index.calibration(Calibration.ALONE).rule()).isEqualTo(new Mixture(55, 1));
            }
        }
    }

    @Test
    void aThetaWithoutWeightsHasTheUsualOnes() {
        try (CacheIndex index = index(Map.of("theta", "25", "class_shares", "0.5 0.5"))) {
            assertThat(index.calibration(1).rule())
                    .isEqualTo(new Pool(25, 0.5, 0.25, 0, List.of(0.5, 0.5), 0.55, 5_000));
            assertThat(index.calibration(1).tuned()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "theta, -1",
        "theta, x",
        "theta, ''",
        "theta, NaN",
        "lambda, 2",
        "lambda, one half",
        "views, 3",
        "views, -1",
        "views, two",
        "class_shares, 0.5 0.5 0.5 0.5",
        "class_shares, 0.5 0",
        "class_shares, 0.5 2",
        "class_shares, 0.5 NaN",
        "class_shares, ''",
        "class_shares, 0.5  0.5",
        "pool.alone, 0 1",
        "pool.alone, 0 1 0 1",
        "pool.one_view, 0.5 -1 0",
        "pool.one_view, 0.5 NaN 0",
        "pool.two_views, a b c",
        "pool.two_views, 0.5 1e999 0",
        "pool.one_view, 0.5 1e308 1e308",
        "pool.alone, 0.5 1 1",
        "tuned_keys, ''",
        "tuned_keys, 7",
        "tuned_keys, 1 9999999999999999999",
        "tuned_keys, -1 2",
        "tuned_keys, 4611686018427387905 2",
        "doubt.alone, -1",
        "doubt.one_view, NaN",
        "doubt.two_views, much",
        "doubt_share, 1",
        "doubt_share, ''",
        "prediction_sets.alone, ''",
        "prediction_sets.one_view, 0:1",
        "prediction_sets.one_view, 7:1:0.5",
        "prediction_sets.one_view, -1:1:0.5",
        "prediction_sets.two_views, 0:2:0.5 0.5",
        "prediction_sets.two_views, 0:-1:",
        "prediction_sets.alone, :1:.5",
        "prediction_sets.alone, 0 0:1:.5",
        "prediction_sets.alone, 0.5:1:.5",
        "prediction_sets.alone, 0:1:2",
        "prediction_sets.alone, 0:3:0.5 0.4",
    })
    void aDamagedAttributeIsRefusedByName(String name, String text) {
        String finding = StoredAttributes.finding(Map.of(name, text), 3);
        assertThat(finding)
                .startsWith(name + " \"" + text + "\" cannot be read (")
                .endsWith("): tune the index again");
        assertThat(StoredAttributes.named(List.of(name, "views_"), String.valueOf(finding)))
                .containsExactly(name);
        assertIllegalArgument(() -> index(Map.of(name, text))).hasMessage("attributes: " + finding);
    }

    @Test
    void aThresholdOfAnotherKindIsNotRead() {
        try (CacheIndex index = index(Map.of("novelty_most", "NaN", "pool.one_view", "1 2 3"))) {
            assertThat(index.calibration(1).doubt()).isEmpty();
        }
    }

    @Test
    void aLongAttributeIsShownInPart() {
        assertThat(StoredAttributes.finding(Map.of("pool.alone", "1 ".repeat(500)), 2))
                .hasSizeLessThan(200);
    }

    @Test
    void anotherRuleHasNoSetsAndSaysWhy() {
        List<String> names = List.of("class 0", "class 1", "class 2");
        assertIllegalArgument(() -> Calibration.of(new Pool(1, 1, 1, 1), 1).sets(0.9, names))
                .hasMessageContaining("they go with the pool that labelled examples chose");
        assertIllegalArgument(() -> Calibration.of(new Pool(1, 1, 1, 1), 3)).hasMessageContaining("views 3");
    }
}
