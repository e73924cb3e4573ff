package io.github.afterimage.answer;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Asks with every combination of settings: each is refused, or none of its settings can be left out without another answer. */
class QuerySettingsTest {
    private static final int CLASSES = 3;
    private static final Map<String, UnaryOperator<Query>> SETTINGS = new LinkedHashMap<>();

    static {
        SETTINGS.put("thetas", query -> query.thetas(3));
        SETTINGS.put("neighbors", query -> query.neighbors(2));
        SETTINGS.put("evidence", query -> query.evidence(true));
        SETTINGS.put("only", query -> query.only(KeySet.labels(2).complement()));
    }

    private final CacheIndex index = new CacheIndexBuilder(2, CLASSES).build();

    QuerySettingsTest() {
        index.add(
                new float[] {1, 0.1f, 1, 0, 0.9f, 0.3f, 0, 1, 0.2f, 1, 0.1f, 0.8f, 1, 1, 0.9f, 1},
                new int[] {0, 0, 0, 1, 1, 1, 2, 2});
    }

    @AfterEach
    void close() {
        index.close();
    }

    private static Query asked(List<String> settings) {
        Query query = Query.of(new float[] {1, 0.1f, 0, 1});
        for (String setting : settings) {
            query = SETTINGS.get(setting).apply(query);
        }
        return query;
    }

    @Test
    void queriesOfEqualSettingsAreAnsweredTogetherAndOthersRefused() {
        Query one = Query.of(new float[] {1, 0.1f}).thetas(3).neighbors(2);
        Query two = Query.of(new float[] {0, 1, 1, 1}).thetas(3).neighbors(2);
        List<Answer> together = index.answer(List.of(one, two));
        assertThat(together.stream().map(answer -> read(answer, 1)).toList())
                .containsExactly(read(index.answer(one), 1), read(index.answer(two), 1));
        assertIllegalArgument(() -> index.answer(List.of())).hasMessageContaining("no queries to answer");
        assertIllegalArgument(() -> index.answer(List.of(one, two.neighbors(1))))
                .hasMessageContaining("1 neighbors")
                .hasMessageContaining("2 neighbors")
                .hasMessageContaining("equal settings");
    }

    /** Returns what a caller can read. */
    private static String read(Answer answer, int thetas) {
        List<Object> read = new ArrayList<>();
        for (int i = 0; i < answer.batch(); i++) {
            Answer.Row row = answer.row(i);
            if (thetas > 0) {
                read.add(row + ", mass " + row.logMass());
            } else {
                read.add(row);
            }
            for (int c = 0; row.hasEvidence() && c < CLASSES; c++) {
                read.add(row.direction(c) + ", " + row.keys(c) + " keys");
                if (thetas > 0) {
                    read.add(row.logEvidence(c));
                }
            }
        }
        return read + ", " + answer.keys() + " keys";
    }

    /** Checks all combinations; returns the sentences of the refusals. */
    private static TreeSet<String> refusals(Function<Query, String> call, Predicate<List<String>> expected) {
        TreeSet<String> refusals = new TreeSet<>();
        List<String> names = List.copyOf(SETTINGS.keySet());
        Map<List<String>, Optional<String>> answers = new LinkedHashMap<>();
        for (int set = 0; set < 1 << names.size(); set++) {
            List<String> settings = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                if ((set >> i & 1) != 0) {
                    settings.add(names.get(i));
                }
            }
            Optional<String> answer = Optional.empty();
            try {
                answer = Optional.of(call.apply(asked(settings)));
            } catch (IllegalArgumentException e) {
                refusals.add(String.valueOf(e.getMessage()));
            }
            assertThat(answer.isPresent()).as("%s", settings).isEqualTo(expected.test(settings));
            answers.put(settings, answer);
        }
        answers.forEach((settings, answer) -> {
            for (String one : settings) {
                Optional<String> without = answers.get(
                        settings.stream().filter(other -> !other.equals(one)).toList());
                if (answer.isPresent() && without.isPresent()) {
                    assertThat(answer).as("%s of %s", one, settings).isNotEqualTo(without);
                }
            }
        });
        return refusals;
    }

    private static boolean hasResults(List<String> settings) {
        return settings.contains("thetas") || settings.contains("neighbors");
    }

    @Test
    void eachSettingOfAQueryHasAnEffectOrIsRefused() {
        assertThat(refusals(query -> read(index.answer(query), query.thetas.size()), QuerySettingsTest::hasResults))
                .containsExactly("the query asks for no result: set thetas or neighbors");
    }

    @Test
    void eachSettingOfAPartialAnswerHasAnEffectOrIsRefused() {
        assertThat(refusals(
                        query -> read(index.partial(query).answer(), query.thetas.size()),
                        settings -> hasResults(settings)
                                && (settings.contains("thetas") || !settings.contains("evidence"))))
                .containsExactlyInAnyOrder(
                        "the query asks for no result: set thetas or neighbors",
                        "the query has evidence for classes, which has no effect for a partial answer without thetas: set them");
    }

    @Test
    void eachSettingOfAGradientHasAnEffectOrIsRefused() {
        float[] cotangents = {1, 0, 0, 0, 1, 0};
        assertThat(refusals(
                        query -> Arrays.toString(index.gradient(query, cotangents)),
                        settings -> settings.contains("thetas")
                                && !settings.contains("neighbors")
                                && !settings.contains("evidence")))
                .contains(
                        "the query has 2 neighbors, which has no effect for a gradient: ask with answer",
                        "the query has evidence for classes, which has no effect for a gradient: ask with answer");
    }
}
