package io.github.afterimage.cli;

import io.github.afterimage.experiment.Robustness;
import io.github.afterimage.experiment.Robustness.Victim;
import io.github.afterimage.network.Network;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What attacks found, in rows. */
final class AttackReport {
    private final Robustness robustness;
    private final Map<Victim, Double> clean = new EnumMap<>(Victim.class);
    private final double cleanElsewhere;
    private final List<Robustness.Row> rows = new ArrayList<>();

    AttackReport(Robustness robustness, Network another) {
        this.robustness = robustness;
        for (Victim victim : Victim.values()) {
            clean.put(victim, robustness.cleanAccuracy(victim));
        }
        cleanElsewhere = another == null ? Double.NaN : robustness.cleanAccuracy(another);
    }

    void add(Robustness.Row row) {
        rows.add(row);
    }

    List<Robustness.Row> rows() {
        return rows;
    }

    static final List<String> HEADER =
            List.of("attacked", "attack", "changed", "mean size", "median", "network", "mixed", "cache", "other");

    /** The accuracies before, then a row for each attack; cells in words. */
    List<List<String>> cells() {
        List<List<String>> cells = new ArrayList<>();
        cells.add(List.of(
                "none",
                "",
                "",
                "",
                "",
                percent(clean.get(Victim.NETWORK)),
                percent(clean.get(Victim.MIXED)),
                percent(clean.get(Victim.CACHE)),
                percent(cleanElsewhere)));
        for (Robustness.Row row : rows) {
            cells.add(List.of(
                    word(row.victim()),
                    row.attack(),
                    row.successes() + " of " + row.attacked(),
                    size(row.meanSize()),
                    size(row.medianSize()),
                    percent(row.accuracy().get(Victim.NETWORK)),
                    percent(row.accuracy().get(Victim.MIXED)),
                    percent(row.accuracy().get(Victim.CACHE)),
                    percent(row.elsewhere())));
        }
        return cells;
    }

    /** Of each victim that was attacked, the share of images where the gradient is zero. */
    List<String> vanishing() {
        return rows.stream()
                .map(Robustness.Row::victim)
                .distinct()
                .map(victim -> word(victim) + ": the loss has no gradient at all at "
                        + percent(robustness.vanishing(victim)) + " of the images")
                .toList();
    }

    void report(Report report) {
        Table table = new Table("llrrrrrrrr");
        List<Object> header = new ArrayList<>(HEADER);
        header.add("time");
        table.row(header.toArray());
        List<List<String>> cells = cells();
        for (int i = 0; i < cells.size(); i++) {
            List<Object> row = new ArrayList<>(cells.get(i));
            row.add(i == 0 ? "" : Format.seconds(rows.get(i - 1).seconds()));
            table.row(row.toArray());
        }
        report.table(table);
        report.line("")
                .line("mean size |change| / |image| over the changed ones; the median counts the others as infinite");
        report.line("accuracies by the true class, of the changed images only");
        vanishing().forEach(report::line);
        List<List<String>> claims = PaperClaims.of(rows);
        if (!claims.isEmpty()) {
            Table compared = new Table("lllrl").row(PaperClaims.HEADER.toArray());
            claims.forEach(claim -> compared.row(claim.toArray()));
            report.table(compared);
        }
        report.field("paper", claims);
        report.field("clean", accuracies(clean, cleanElsewhere));
        report.field(
                "attacks",
                rows.stream()
                        .map(row -> Report.object(
                                "attacked",
                                word(row.victim()),
                                "attack",
                                row.attack(),
                                "images",
                                row.attacked(),
                                "changed",
                                row.successes(),
                                "meanSize",
                                finite(row.meanSize()),
                                "medianSize",
                                finite(row.medianSize()),
                                "accuracy",
                                accuracies(row.accuracy(), row.elsewhere()),
                                "seconds",
                                row.seconds()))
                        .toList());
    }

    private static Map<String, Object> accuracies(Map<Victim, Double> accuracy, double elsewhere) {
        return Report.object(
                "network",
                finite(accuracy.get(Victim.NETWORK)),
                "mixed",
                finite(accuracy.get(Victim.MIXED)),
                "cache",
                finite(accuracy.get(Victim.CACHE)),
                "other",
                finite(elsewhere));
    }

    private static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    static String word(Victim victim) {
        return victim.name().toLowerCase(Locale.ROOT);
    }

    private static String size(double value) {
        return Double.isNaN(value)
                ? ""
                : Double.isInfinite(value) ? "\u221e" : String.format(Locale.ROOT, "%.4f", value);
    }

    private static String percent(double value) {
        return Double.isNaN(value) ? "" : Format.percent(value);
    }
}
