package io.github.afterimage.cli.output;

import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.PictureGrid;
import io.github.afterimage.experiments.robustness.AttackResult;
import io.github.afterimage.experiments.robustness.GradientMasking;
import io.github.afterimage.experiments.robustness.PaperClaims;
import io.github.afterimage.experiments.robustness.TransferComparison;
import io.github.afterimage.model.data.Image;
import java.util.List;

/** The page that {@code attack} writes. */
public final class AttackPage {
    private static final int SHOWN = 10;

    private AttackPage() {}

    /** @param report the report in text */
    public static Page of(AttackReport results, Report report) {
        Page page = new Page(
                "How much an image must change",
                "Attacks look for the smallest change of an image that makes a classifier say another class. The "
                        + "accuracies are those of all models on the images that were changed, by their true class.");
        List<List<String>> cells = results.table().cells().stream()
                .map(row -> row.subList(0, row.size() - 1)) // without the time
                .toList();
        page.table(cells.get(0), cells.subList(1, cells.size()));
        page.note(
                "Mean size: |change| / |image| of the images that the attack changed. The median counts the others as infinite.");
        results.vanishing().forEach(page::note);
        page.note("Wrong before: " + AttackReport.WRONG_BEFORE + ".");
        PaperClaims.ofAttacks(results.rows()).show(page);
        table(
                page,
                "Robust, or gradients that vanish?",
                GradientMasking.HEADER,
                GradientMasking.of(results.rows()).stream()
                        .map(GradientMasking::cells)
                        .toList(),
                "Median sizes as multiples of the network's under the same attack. Robustness that disappears under many "
                        + "steps from several points is called apparent: there the gradient vanishes or misleads. It is called partly "
                        + "apparent where much less of it is left under such attacks than under a weaker one.");
        table(
                page,
                "Shown to another network",
                TransferComparison.HEADER,
                results.transfer().stream().map(TransferComparison::cells).toList(),
                "Accuracy of another network, and of its cache, on images that were changed against the first; p is "
                        + "McNemar's exact test.");
        for (AttackResult row : results.rows()) {
            if (row.changed().count() > 0) {
                page.heading(row.attack() + " on the " + row.victim().word());
                page.pictures(grid(row));
            }
        }
        page.heading("Settings");
        page.code(String.join("\n", report.lines().subList(0, 3)));
        return page;
    }

    private static void table(Page page, String heading, List<String> header, List<List<String>> rows, String note) {
        if (!rows.isEmpty()) {
            page.heading(heading);
            page.table(header, rows);
            page.note(note);
        }
    }

    private static PictureGrid grid(AttackResult row) {
        List<Image> originals = row.changed()
                .originals()
                .subList(0, Math.min(SHOWN, row.changed().count()));
        List<Image> changed = row.changed().adversarials().subList(0, originals.size());
        int width = originals.get(0).width();
        int height = originals.get(0).height();
        return new PictureGrid()
                .row("before", originals.stream().map(Image::values).toList(), width, height)
                .row("after", changed.stream().map(Image::values).toList(), width, height);
    }
}
