package io.github.afterimage.bench.results;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Finds ratios that are worse than in a baseline. Names say which way is worse: {@code aOverB} is a time as a multiple of
 * another, {@code aOfB} a rate as a share of another. Figures in seconds are not compared, because machines differ.
 */
public final class Comparison {
    /** How much worse a ratio may be before it counts. */
    public static final double TOLERANCE = 0.10;

    /** Properties of the machine that must be equal for ratios to be comparable. */
    private static final List<String> SAME = List.of("instructions", "threads");

    private static final List<String> OTHERS =
            List.of("lucene", "jvector", "reference", "numpy", "torch", "attention", "faiss");

    private final List<String> lines = new ArrayList<>();
    private int worse;
    private int compared;

    /** @throws IllegalArgumentException if the two cannot be compared; says why in one sentence */
    public Comparison(Results baseline, Results result) {
        for (String name : SAME) {
            String before = baseline.machine().get(name);
            String now = result.machine().get(name);
            if (before == null || !before.equals(now)) {
                throw new IllegalArgumentException("the baseline was measured with " + name + " " + before
                        + " and the result with " + now + ": ratios compare only where these are the same");
            }
        }
        for (Result before : baseline.all()) {
            Optional<Result> now = result.of(before.benchmark())
                    .filter(other -> other.parameters().equals(before.parameters()))
                    .findFirst();
            before.figures().forEach((name, figure) -> {
                if (guarded(name)) {
                    compare(
                            before.name() + " " + name,
                            name,
                            figure,
                            now.map(found -> found.figures().get(name)).orElse(null));
                }
            });
        }
        if (compared == 0) {
            throw new IllegalArgumentException(
                    "the result has none of the baseline's ratios: was it of another selection?");
        }
    }

    private static boolean lessIsBetter(String name) {
        return name.contains("Over");
    }

    /** Ratios of this project's own work, not of the peers'. */
    private static boolean guarded(String name) {
        return (name.contains("Over") || name.contains("Of")) && OTHERS.stream().noneMatch(name::startsWith);
    }

    private void compare(String title, String name, Figure before, Figure now) {
        if (now == null) {
            lines.add("missing  " + title);
            worse++;
            return;
        }
        compared++;
        double factor = lessIsBetter(name) ? now.median() / before.median() : before.median() / now.median();
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

    /** One line for each ratio of the baseline; the percentage is the cost added. */
    public List<String> lines() {
        return List.copyOf(lines);
    }

    /** How many ratios got worse by more than the tolerance, or were not measured. */
    public int worse() {
        return worse;
    }

    /** Returns the part of a run that is kept as a baseline. */
    public static Results baseline(Results run) {
        List<Result> kept = new ArrayList<>();
        for (Result result : run.all()) {
            Map<String, Figure> ratios = new LinkedHashMap<>(result.figures());
            ratios.keySet().removeIf(name -> !guarded(name));
            if (!ratios.isEmpty()) {
                kept.add(new Result(result.benchmark(), result.parameters(), ratios));
            }
        }
        return new Results(run.machine(), kept);
    }
}
