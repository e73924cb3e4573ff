package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.cuda.DeviceBudget.Purpose;
import io.github.afterimage.failure.NotEnoughMemoryException;
import org.junit.jupiter.api.Test;

class DeviceBudgetTest {
    @Test
    void keysLeaveRoomForWorkspaces() {
        DeviceBudget budget = new DeviceBudget(80L << 30);
        long keys = (80L << 30) - 4 * (DeviceBudget.QUERY_BYTES + (320L << 20));
        budget.take(Purpose.KEYS, keys);
        assertRefused(budget, Purpose.KEYS, 1);
        budget.take(Purpose.WORKSPACE, (80L << 30) - keys);
        assertThat(budget.used()).isEqualTo(80L << 30);
    }

    @Test
    void aWorkspaceThatDoesNotFitIsRefusedWithNumbersAndNothingIsTaken() {
        DeviceBudget budget = new DeviceBudget(1000);
        budget.take(Purpose.KEYS, 875);
        assertThatThrownBy(() -> budget.take(Purpose.WORKSPACE, 126))
                .isInstanceOf(NotEnoughMemoryException.class)
                .hasMessage("126 bytes of device memory requested while 875 are in use: the limit is 1000; send smaller"
                        + " batches, or raise -Dafterimage.cuda.memoryLimit");
        budget.take(Purpose.WORKSPACE, 125);
        budget.giveBack(Purpose.KEYS, 875);
        assertThat(budget.used()).isEqualTo(125);
        budget.take(Purpose.KEYS, 750);
    }

    @Test
    void aMatrixLeavesRoomForWorkspacesAndIsNoKey() {
        DeviceBudget budget = new DeviceBudget(1000);
        assertRefused(budget, Purpose.MATRIX, 876);
        budget.take(Purpose.MATRIX, 500);
        System.setProperty(CudaProperties.KEY_LIMIT, "375");
        try {
            budget.take(Purpose.KEYS, 375);
        } finally {
            System.clearProperty(CudaProperties.KEY_LIMIT);
        }
        budget.take(Purpose.WORKSPACE, 125);
        budget.giveBack(Purpose.MATRIX, 500);
        assertThat(budget.used()).isEqualTo(500);
    }

    @Test
    void aNegativeLimitIsRefused() {
        assertThatThrownBy(() -> new DeviceBudget(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keysHaveALimitOfTheirOwn() {
        DeviceBudget budget = new DeviceBudget(1L << 40);
        System.setProperty(CudaProperties.KEY_LIMIT, "1000");
        try {
            budget.take(Purpose.KEYS, 600);
            budget.take(Purpose.WORKSPACE, 5000);
            assertRefused(budget, Purpose.KEYS, 500);
            budget.giveBack(Purpose.KEYS, 600);
            assertThat(budget.allows(Purpose.KEYS, 1000)).isTrue();
            budget.take(Purpose.KEYS, 1000);
            System.setProperty(CudaProperties.KEY_LIMIT, "0");
            assertRefused(budget, Purpose.KEYS, 1);
        } finally {
            System.clearProperty(CudaProperties.KEY_LIMIT);
        }
    }

    private static void assertRefused(DeviceBudget budget, Purpose purpose, long bytes) {
        long used = budget.used();
        assertThat(budget.allows(purpose, bytes)).isFalse();
        assertThatThrownBy(() -> budget.take(purpose, bytes))
                .isInstanceOf(NotEnoughMemoryException.class)
                .hasMessageContaining(bytes + " bytes of device memory requested while " + used + " are in use");
        assertThat(budget.used()).isEqualTo(used);
    }
}
