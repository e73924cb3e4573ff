package io.github.afterimage.cli;

import io.github.afterimage.experiments.robustness.AnotherModel;
import io.github.afterimage.experiments.robustness.Robustness;
import io.github.afterimage.experiments.robustness.Robustness.Victim;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What attacks found, in rows. */
final class AttackReport {
    static final String WRONG_BEFORE =
            "an attack changes what a model says, not what is true: the model that was attacked can "
                    + "be right only about changed images that it had wrong before";

    private final Robustness robustness;
    private final Map<Victim, Double> clean = new EnumMap<>(Victim.class);
    private final Map<Victim, boolean[]> cleanElsewhere;
    private final List<Robustness.Row> rows = new ArrayList<>();

    /** @param another shown the changed images too, or null */
    AttackReport(Robustness robustness, AnotherModel another) {
        this.robustness = robustness;
        for (Victim victim : Victim.values()) {
            clean.put(victim, robustness.cleanAccuracy(victim));
        }
        cleanElsewhere = another == null ? Map.of() : robustness.cleanElsewhere(another);
    }

    void add(Robustness.Row row) {
        rows.add(row);
    }

    List<Robustness.Row> rows() {
        return rows;
    }

    /** Above {@link #cells}: the column of another network only where there is one. */
    List<String> header() {
        List<String> header = new ArrayList<>(List.of(
                "attacked", "attack", "changed", "wrong before", "mean size", "median", "network", "mixed", "cache"));
        if (!cleanElsewhere.isEmpty()) {
            header.add("other");
        }
        return header;
    }

    /** The accuracies before, then a row for each attack; cells in words. */
    List<List<String>> cells() {
        List<List<String>> cells = new ArrayList<>();
        cells.add(row(List.of("none", "", "", "", "", ""), clean, cleanElsewhere));
        for (Robustness.Row row : rows) {
            List<String> found = List.of(
                    word(row.victim()),
                    row.attack(),
                    row.successes() + " of " + row.attacked(),
                    Integer.toString(row.wrongBefore()),
                    size(row.meanSize()),
                    size(row.medianSize()));
            cells.add(row(found, row.accuracy(), row.elsewhere()));
        }
        return cells;
    }

    private List<String> row(List<String> found, Map<Victim, Double> accuracy, Map<Victim, boolean[]> elsewhere) {
        List<String> row = new ArrayList<>(found);
        for (Victim victim : Victim.values()) {
            row.add(percent(accuracy.get(victim)));
        }
        if (!cleanElsewhere.isEmpty()) {
            row.add(percent(Transfer.accuracy(elsewhere, Victim.NETWORK)));
        }
        return row;
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
        List<Object> header = new ArrayList<>(header());
        Table table = new Table("ll" + "r".repeat(header.size() - 1));
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
        report.line(WRONG_BEFORE);
        if (rows.stream().filter(row -> row.attack().equals("single pixel")).count() > 1) {
            report.line("single pixels are tried on all models in one pass, whose time stands in each row");
        }
        vanishing().forEach(report::line);
        PaperClaims.report(report, PaperClaims.of(rows));
        List<GradientMasking.Row> masking = GradientMasking.of(rows);
        table(
                report,
                "lrrrrl",
                GradientMasking.HEADER,
                masking.stream().map(GradientMasking.Row::cells).toList());
        table(
                report,
                "lllrrrl",
                Transfer.HEADER,
                transfer().stream().map(Transfer.Row::cells).toList());
        report.field(
                "masking", masking.stream().map(GradientMasking.Row::object).toList());
        report.field("transfer", transfer().stream().map(Transfer.Row::object).toList());
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
                                "wrongBefore",
                                row.wrongBefore(),
                                "accuracy",
                                accuracies(row.accuracy(), row.elsewhere()),
                                "seconds",
                                row.seconds()))
                        .toList());
    }

    private static void table(Report report, String columns, List<String> header, List<List<String>> rows) {
        if (!rows.isEmpty()) {
            Table table = new Table(columns).row(header.toArray());
            rows.forEach(row -> table.row(row.toArray()));
            report.table(table);
        }
    }

    private static Map<String, Object> accuracies(Map<Victim, Double> accuracy, Map<Victim, boolean[]> elsewhere) {
        return Report.object(
                "network",
                finite(accuracy.get(Victim.NETWORK)),
                "mixed",
                finite(accuracy.get(Victim.MIXED)),
                "cache",
                finite(accuracy.get(Victim.CACHE)),
                "other",
                finite(Transfer.accuracy(elsewhere, Victim.NETWORK)),
                "otherMixed",
                finite(Transfer.accuracy(elsewhere, Victim.MIXED)),
                "otherCache",
                finite(Transfer.accuracy(elsewhere, Victim.CACHE)));
    }

    private static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    /** What another network's memory does, in rows of {@link Transfer#HEADER}. */
    List<Transfer.Row> transfer() {
        return Transfer.of(cleanElsewhere, rows);
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
