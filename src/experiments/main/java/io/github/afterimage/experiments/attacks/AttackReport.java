package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.PictureGrid;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.data.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reports the results of attacks. */
final class AttackReport {
    private static final int SHOWN = 10;

    private static final String WRONG_BEFORE =
            "an attack changes what a model says, not what is true: the model that was attacked can "
                    + "be right only about changed images that it had wrong before";

    private final Map<Victim, Double> clean;
    private final List<AttackResult> rows = new ArrayList<>();

    AttackReport(AttackedModels models) {
        clean = models.accuracies();
    }

    void add(AttackResult row) {
        rows.add(row);
    }

    /** The accuracies before the attacks, then a row for each attack. */
    private Table table() {
        Table table = new Table("llrrrrrrrr")
                .row(
                        "attacked",
                        "attack",
                        "changed",
                        "wrong before",
                        "mean size",
                        "median",
                        "network",
                        "mixed",
                        "cache",
                        "time");
        List<Object> before = new ArrayList<>(List.of("none", "", "", "", "", ""));
        accuracies("", clean).forEach(accuracy -> before.add(accuracy.text()));
        table.row(before.toArray());
        for (AttackResult row : rows) {
            List<Object> cells = new ArrayList<>(List.of(
                    Text.value("attacked", row.victim().word()),
                    Text.value("attack", row.attack()),
                    Text.of("%s of %s", Text.value("changed", row.changed()), Text.value("images", row.attacked())),
                    Text.value("wrongBefore", row.wrongBefore()),
                    shown("meanSize", row.meanSize(), 4),
                    shown("medianSize", row.medianSize(), 4)));
            cells.addAll(accuracies("accuracy.", row.accuracies()));
            cells.add(Text.seconds("seconds", row.seconds()));
            table.row(cells.toArray());
        }
        return table;
    }

    private static List<Text> accuracies(String prefix, Map<Victim, Double> accuracies) {
        List<Text> columns = new ArrayList<>();
        accuracies.forEach((victim, value) -> columns.add(
                Text.figure(prefix + victim.word(), value, Double.isNaN(value) ? "" : Format.percent(value))));
        return columns;
    }

    void report(Report report) {
        report.titled(
                        "How much an image must change",
                        "Attacks look for the smallest change of an image that makes a classifier say another class. The "
                                + "accuracies are those of all models on the images that were changed, by their true class.")
                .list("attacks", table());
        accuracies("clean.", clean).forEach(accuracy -> accuracy.figures().forEach(report::field));
        report.line("")
                .line("mean size |change| / |image| over the changed ones; the median counts the others as infinite");
        report.line("accuracies by the true class, of the changed images only");
        report.line(WRONG_BEFORE);
        if (rows.stream().filter(row -> row.attack().equals("single pixel")).count() > 1) {
            report.line("single pixels are tried on all models in one pass, whose time stands in each row");
        }
        for (AttackResult row : rows) {
            if (row.changed() > 0) {
                report.onPage(page -> page.heading(
                                row.attack() + " on the " + row.victim().word())
                        .pictures(grid(row)));
            }
        }
    }

    private static PictureGrid grid(AttackResult row) {
        Image first = row.originals().get(0);
        return new PictureGrid()
                .row("before", first(row.originals()), first.width(), first.height())
                .row("after", first(row.adversarials()), first.width(), first.height());
    }

    private static List<float[]> first(List<Image> images) {
        return images.stream().limit(SHOWN).map(Image::values).toList();
    }

    /** JSON has null for NaN. */
    private static Text shown(String name, double value, int decimals) {
        return Text.figure(
                name,
                value,
                Double.isNaN(value) ? "" : Double.isInfinite(value) ? "\u221e" : Format.fixed(value, decimals));
    }
}
