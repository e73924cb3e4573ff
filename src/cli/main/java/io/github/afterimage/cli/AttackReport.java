package io.github.afterimage.cli;

import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.experiments.robustness.AttackResult;
import io.github.afterimage.experiments.robustness.GradientMasking;
import io.github.afterimage.experiments.robustness.PaperClaims;
import io.github.afterimage.experiments.robustness.Robustness;
import io.github.afterimage.experiments.robustness.TransferAnswers;
import io.github.afterimage.experiments.robustness.TransferComparison;
import io.github.afterimage.experiments.robustness.TransferModel;
import io.github.afterimage.experiments.robustness.Victim;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** What attacks found, in rows. */
final class AttackReport {
    static final String WRONG_BEFORE =
            "an attack changes what a model says, not what is true: the model that was attacked can "
                    + "be right only about changed images that it had wrong before";

    private final Robustness robustness;
    private final Map<Victim, Double> clean = new EnumMap<>(Victim.class);
    private final TransferAnswers cleanTransfer;
    private final List<AttackResult> rows = new ArrayList<>();

    /** @param another shown the changed images too, or null */
    AttackReport(Robustness robustness, TransferModel another) {
        this.robustness = robustness;
        for (Victim victim : Victim.values()) {
            clean.put(victim, robustness.cleanAccuracy(victim));
        }
        cleanTransfer = another == null ? TransferAnswers.NONE : robustness.cleanTransfer(another);
    }

    void add(AttackResult row) {
        rows.add(row);
    }

    List<AttackResult> rows() {
        return rows;
    }

    /** Above {@link #cells}: the column of another network only where there is one. */
    List<String> header() {
        List<String> header = new ArrayList<>(List.of(
                "attacked", "attack", "changed", "wrong before", "mean size", "median", "network", "mixed", "cache"));
        if (!cleanTransfer.isEmpty()) {
            header.add("other");
        }
        return header;
    }

    /** The accuracies before, then a row for each attack; cells in words. */
    List<List<String>> cells() {
        List<List<String>> cells = new ArrayList<>();
        cells.add(row(List.of("none", "", "", "", "", ""), clean, cleanTransfer));
        for (AttackResult row : rows) {
            List<String> found = List.of(
                    row.victim().word(),
                    row.attack(),
                    row.changed().count() + " of " + row.attacked(),
                    Integer.toString(row.changed().wrongBefore()),
                    size(row.sizes().mean()),
                    size(row.sizes().median()));
            cells.add(row(found, row.changed().accuracy(), row.changed().transfer()));
        }
        return cells;
    }

    private List<String> row(List<String> found, Map<Victim, Double> accuracy, TransferAnswers transfer) {
        List<String> row = new ArrayList<>(found);
        for (Victim victim : Victim.values()) {
            row.add(percent(accuracy.get(victim)));
        }
        if (!cleanTransfer.isEmpty()) {
            row.add(percent(transfer.accuracy(Victim.NETWORK)));
        }
        return row;
    }

    /** Of each victim that was attacked, the share of images where the gradient is zero. */
    List<String> vanishing() {
        return rows.stream()
                .map(AttackResult::victim)
                .distinct()
                .map(victim -> victim.word() + ": the loss has no gradient at all at "
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
        ClaimsReport.report(report, PaperClaims.ofAttacks(rows));
        List<GradientMasking> masking = GradientMasking.of(rows);
        table(
                report,
                "lrrrrl",
                GradientMasking.HEADER,
                masking.stream().map(GradientMasking::cells).toList());
        table(
                report,
                "lllrrrl",
                TransferComparison.HEADER,
                transfer().stream().map(TransferComparison::cells).toList());
        report.field("masking", masking.stream().map(AttackReport::object).toList());
        report.field("transfer", transfer().stream().map(AttackReport::object).toList());
        report.field("clean", accuracies(clean, cleanTransfer));
        report.field(
                "attacks",
                rows.stream()
                        .map(row -> Report.object(
                                "attacked",
                                row.victim().word(),
                                "attack",
                                row.attack(),
                                "images",
                                row.attacked(),
                                "changed",
                                row.changed().count(),
                                "meanSize",
                                finite(row.sizes().mean()),
                                "medianSize",
                                finite(row.sizes().median()),
                                "wrongBefore",
                                row.changed().wrongBefore(),
                                "accuracy",
                                accuracies(
                                        row.changed().accuracy(), row.changed().transfer()),
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

    private static Map<String, Object> accuracies(Map<Victim, Double> accuracy, TransferAnswers transfer) {
        return Report.object(
                "network",
                finite(accuracy.get(Victim.NETWORK)),
                "mixed",
                finite(accuracy.get(Victim.MIXED)),
                "cache",
                finite(accuracy.get(Victim.CACHE)),
                "other",
                finite(transfer.accuracy(Victim.NETWORK)),
                "otherMixed",
                finite(transfer.accuracy(Victim.MIXED)),
                "otherCache",
                finite(transfer.accuracy(Victim.CACHE)));
    }

    private static Map<String, Object> object(GradientMasking masking) {
        return Report.object(
                "model",
                masking.model().word(),
                "FGSM",
                number(masking.fgsm()),
                "I-FGSM",
                number(masking.iterative()),
                "PGD",
                number(masking.pgd()),
                "PGD, mean gradient",
                number(masking.meanGradient()),
                "verdict",
                masking.verdict());
    }

    private static Double number(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }

    private static Map<String, Object> object(TransferComparison comparison) {
        return Report.object(
                "model",
                comparison.memory().description(),
                "attacked",
                comparison.attacked(),
                "attack",
                comparison.attack(),
                "network",
                comparison.networkAccuracy(),
                "memory",
                comparison.memoryAccuracy(),
                "p",
                comparison.gain().p(),
                "verdict",
                comparison.verdict());
    }

    private static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    /** What another network's memory does, in rows of {@link TransferComparison#HEADER}. */
    List<TransferComparison> transfer() {
        return TransferComparison.of(cleanTransfer, rows);
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
