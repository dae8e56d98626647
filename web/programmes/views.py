"""Every screen of programmes, registered on its blueprint."""

from web.programmes import acceptance as acceptance
from web.programmes import crews as crews
from web.programmes import cutover_acts as cutover_acts
from web.programmes import cutover_page as cutover_page
from web.programmes import decision_acts as decision_acts
from web.programmes import decision_page as decision_page
from web.programmes import importing as importing
from web.programmes import interfaces as interfaces
from web.programmes import listed as listed
from web.programmes import migration as migration
from web.programmes import plan_forms as plan_forms
from web.programmes import recon_breaks as recon_breaks
from web.programmes import recon_extracts as recon_extracts
from web.programmes import recon_forms as recon_forms
from web.programmes import recon_list as recon_list
from web.programmes import reconciliation as reconciliation
from web.programmes import settings as settings
from web.programmes import site_acts as site_acts
from web.programmes import site_forms as site_forms
from web.programmes import site_page as site_page
from web.programmes import site_training as site_training
from web.programmes import sites as sites
from web.programmes import steering_acts as steering_acts
from web.programmes import steering_page as steering_page
from web.programmes import training as training
from web.programmes.blueprint import programmes as programmes
