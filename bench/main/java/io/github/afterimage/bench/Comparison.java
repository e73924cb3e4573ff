package io.github.afterimage.bench;

import io.github.afterimage.bench.Results.Figure;
import io.github.afterimage.bench.Results.Measured;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds ratios that are worse than in a baseline. Names say which way is worse: {@code aOverB} is a time as a multiple of
 * another, {@code aOfB} a rate as a share of another. Figures in seconds are not compared, because machines differ.
 */
final class Comparison {
    /** How much worse a ratio may be before it counts. */
    static final double TOLERANCE = 0.10;

    /** Properties of the machine that must be equal for ratios to be comparable. */
    private static final List<String> SAME = List.of("instructions", "threads");

    private static final List<String> OTHERS =
            List.of("lucene", "jvector", "reference", "numpy", "torch", "attention", "faiss");

    /** One line for each ratio of the baseline; the percentage is the cost added. */
    final List<String> lines = new ArrayList<>();
    /** How many ratios got worse by more than the tolerance, or were not measured. */
    int worse;

    private int compared;

    /** @throws IllegalArgumentException if the two cannot be compared; says why in one sentence */
    Comparison(Results baseline, Results result) {
        for (String name : SAME) {
            String before = baseline.machine().get(name);
            String now = result.machine().get(name);
            if (before == null || !before.equals(now)) {
                throw new IllegalArgumentException("the baseline was measured with " + name + " " + before
                        + " and the result with " + now + ": ratios compare only where these are the same");
            }
        }
        for (Measured before : kept(baseline).results()) {
            Map<String, Figure> now = result.results().stream()
                    .filter(other -> other.benchmark().equals(before.benchmark())
                            && other.parameters().equals(before.parameters()))
                    .findFirst()
                    .map(Measured::figures)
                    .orElse(Map.of());
            before.figures()
                    .forEach((name, figure) -> compare(
                            before.benchmark() + " " + before.parameters() + " " + name,
                            name.contains("Over"),
                            figure,
                            now.get(name)));
        }
        if (compared == 0) {
            throw new IllegalArgumentException(
                    "the result has none of the baseline's ratios: was it of another selection?");
        }
    }

    private void compare(String title, boolean lessIsBetter, Figure before, @Nullable Figure now) {
        if (now == null) {
            lines.add("missing  " + title);
            worse++;
            return;
        }
        compared++;
        double factor = lessIsBetter ? now.median() / before.median() : before.median() / now.median();
        boolean isWorse = !(factor <= 1 + TOLERANCE);
        worse += isWorse ? 1 : 0;
        lines.add(String.format(
                Locale.ROOT,
                "%s  %+5.0f %%  %s: %.3f, was %.3f (%.3f to %.3f)",
                isWorse ? "WORSE  " : factor < 1 / (1 + TOLERANCE) ? "better " : "as it was",
                100 * (factor - 1),
                title,
                now.median(),
                before.median(),
                before.least(),
                before.greatest()));
    }

    /** Returns the part of a run that is kept as a baseline: ratios of this project's own work, not of the peers'. */
    static Results kept(Results run) {
        List<Measured> kept = new ArrayList<>();
        for (Measured result : run.results()) {
            Map<String, Figure> ratios = new LinkedHashMap<>(result.figures());
            ratios.keySet()
                    .removeIf(name -> !(name.contains("Over") || name.contains("Of"))
                            || OTHERS.stream().anyMatch(name::startsWith));
            if (!ratios.isEmpty()) {
                kept.add(new Measured(result.benchmark(), result.parameters(), ratios));
            }
        }
        return new Results(run.machine(), kept);
    }
}
