import auto from '~icons/lucide/wand-sparkles';
import copy from '~icons/lucide/link';
import devices from '~icons/lucide/sliders-horizontal';
import exitFullScreen from '~icons/lucide/minimize';
import fullScreen from '~icons/lucide/maximize';
import grid from '~icons/lucide/layout-grid';
import hand from '~icons/lucide/hand';
import people from '~icons/lucide/users';
import react from '~icons/lucide/smile-plus';
import report from '~icons/lucide/life-buoy';
import settings from '~icons/lucide/settings';
import share from '~icons/lucide/screen-share';
import shortcuts from '~icons/lucide/keyboard';
import speaker from '~icons/lucide/user-square';
import stopSharing from '~icons/lucide/screen-share-off';
import switchCamera from '~icons/lucide/switch-camera';

export const menuIcons = {
	auto,
	copy,
	devices,
	exitFullScreen,
	fullScreen,
	grid,
	hand,
	people,
	react,
	report,
	settings,
	share,
	shortcuts,
	speaker,
	stopSharing,
	switchCamera
};
