package io.github.afterimage.experiments.attacks;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.options.DrawnImageOptions;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs each attack on each model and keeps the images that it changed. */
record AttackRun(AttackOptions attacks, DrawnImageOptions drawn, ChangedImagesOption changed, Progress progress) {
    /** @param followed models whose gradients pgd follows in a second run */
    void run(Robustness robustness, @Nullable TransferModel another, Map<Victim, Target> followed, AttackReport results)
            throws IOException {
        long done = 0;
        List<Victim> victims = attacks.victims();
        Map<Victim, AttackResult> pixels = new EnumMap<>(Victim.class);
        for (Victim victim : victims) {
            for (String name : attacks.names()) {
                int limit = attacks.count(name, drawn.count());
                Attack attack = attacks.attack(name, null, drawn.seed());
                if (attack instanceof SinglePixel single && pixels.isEmpty()) {
                    pixels.putAll(robustness.attackTogether(victims, single, limit, another));
                }
                AttackResult row = attack instanceof SinglePixel
                        ? Objects.requireNonNull(pixels.get(victim))
                        : robustness.attack(victim, attack, limit, another);
                results.add(row);
                changed.save(row, name);
                Target mean = followed.get(victim);
                if (AttackOptions.follows(name) && mean != null) {
                    row = robustness.attack(victim, attacks.attack(name, mean, drawn.seed()), limit, another);
                    results.add(row);
                    changed.save(row, ChangedImagesOption.followingMean(name));
                }
                progress.report(++done, (long) victims.size() * attacks.names().size());
            }
        }
    }
}
