package io.github.afterimage.cli;

import io.github.afterimage.experiments.robustness.Robustness;
import io.github.afterimage.experiments.robustness.Robustness.Victim;
import io.github.afterimage.experiments.statistics.McNemar;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What another network and its memory say of images that were changed against the first. */
final class Transfer {
    private static final double SIGNIFICANT = 0.05;

    static final List<String> HEADER =
            List.of("another model", "attacked", "attack", "its network", "with memory", "p", "");

    private Transfer() {}

    /**
     * One of its models with a memory.
     *
     * @param attacked the model that the images were changed against
     * @param network the share of the images that the network has right, and {@code memory} that with its memory
     * @param p of McNemar's exact test between the two
     */
    record Row(String model, String attacked, String attack, double network, double memory, double p, String verdict) {
        List<String> cells() {
            return List.of(
                    model,
                    attacked,
                    attack,
                    Format.percent(network),
                    Format.percent(memory),
                    String.format(Locale.ROOT, "%.2g", p),
                    verdict);
        }

        Map<String, Object> object() {
            return Report.object(
                    "model",
                    model,
                    "attacked",
                    attacked,
                    "attack",
                    attack,
                    "network",
                    network,
                    "memory",
                    memory,
                    "p",
                    p,
                    "verdict",
                    verdict);
        }
    }

    /**
     * For each of its models with a memory the images as they are, and each attack that changed something.
     *
     * @param clean whether they are right about each image as it is
     */
    static List<Row> of(Map<Victim, boolean[]> clean, List<Robustness.Row> rows) {
        List<Row> found = new ArrayList<>();
        for (Victim with : List.of(Victim.MIXED, Victim.CACHE)) {
            if (clean.containsKey(with)) {
                found.add(compared("none", "", clean, with));
            }
            for (Robustness.Row row : rows) {
                if (row.successes() > 0 && row.elsewhere().containsKey(with)) {
                    found.add(compared(AttackReport.word(row.victim()), row.attack(), row.elsewhere(), with));
                }
            }
        }
        return found;
    }

    private static Row compared(String attacked, String attack, Map<Victim, boolean[]> right, Victim with) {
        boolean[] network = right.get(Victim.NETWORK);
        boolean[] memory = right.get(with);
        int corrected = 0;
        int broken = 0;
        for (int i = 0; i < network.length; i++) {
            corrected += memory[i] && !network[i] ? 1 : 0;
            broken += network[i] && !memory[i] ? 1 : 0;
        }
        double p = McNemar.exact(corrected, broken);
        return new Row(
                with == Victim.MIXED ? "mixture" : "cache alone",
                attacked,
                attack,
                accuracy(network),
                accuracy(memory),
                p,
                p > SIGNIFICANT ? "no difference seen" : corrected > broken ? "its memory helps" : "its memory hurts");
    }

    /** The share of the images that a model has right, or NaN of none or where there is no such model. */
    static double accuracy(Map<Victim, boolean[]> right, Victim victim) {
        return right.containsKey(victim) ? accuracy(right.get(victim)) : Double.NaN;
    }

    private static double accuracy(boolean[] right) {
        int count = 0;
        for (boolean one : right) {
            count += one ? 1 : 0;
        }
        return (double) count / right.length;
    }
}
